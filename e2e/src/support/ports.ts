import { createServer } from 'node:net';

/** Ports of the embedded default (`interfaces.md` §1) that an offset shifts. */
const PORTS = [8080, 8081, 2587, 2465, 2526, 2600, 8025, 8053, 5433, 9464];

const free = (port: number, host = '127.0.0.1'): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });

/** An offset at which every port of a stack is free right now. Below 32768: higher ports may be taken by outgoing connections. */
export async function freeOffset(): Promise<number> {
  for (let tries = 0; tries < 50; tries += 1) {
    const offset = 1000 + Math.floor(Math.random() * 20_000);
    if ((await Promise.all(PORTS.map((port) => free(port + offset)))).every(Boolean)) return offset;
  }
  throw new Error('No free range of ports was found');
}
