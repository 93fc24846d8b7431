import { createServer, type Server } from 'node:http';
import { isIP } from 'node:net';
import { handle, type ViewerParts } from './api.js';
import { RequestFault, sendFault } from './http.js';

/** The viewer's HTTP server. On loopback it answers only to a loopback Host, so no foreign page can reach it by DNS rebinding. */
export class ViewerServer {
  private server: Server | undefined;

  constructor(private readonly parts: ViewerParts) {}

  /** Listens and gives the port; port 0 takes a free one. */
  async listen(port: number, host: string): Promise<number> {
    const loopbackOnly = host === '::1' || host.startsWith('127.');
    const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000, maxHeaderSize: 16_384 }, (request, response) => {
      const serve = async (): Promise<void> => {
        if (loopbackOnly && !isLoopbackHost(request.headers.host)) throw new RequestFault(403, 'this viewer answers to localhost only');
        await handle(this.parts, request, response);
      };
      serve().catch((error: unknown) => sendFault(response, error));
    });
    await new Promise<void>((resolve, reject) => void server.once('error', reject).listen(port, host, resolve));
    this.server = server;
    const address = server.address();
    return address !== null && typeof address === 'object' ? address.port : port;
  }

  /** Ends all requests and listens no more. */
  async close(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }
}

function isLoopbackHost(header: string | undefined): boolean {
  const name = (header ?? '').replace(/:\d{1,5}$/, '').replace(/^\[(.*)\]$/, '$1').toLowerCase();
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
}
