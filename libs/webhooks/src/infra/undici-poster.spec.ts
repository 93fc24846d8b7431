import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { systemMonotonic } from '@nexoramail/kernel';
import { HookServer, type Answer } from '../testing/hook-server.js';
import { IpPolicy } from './address-policy.js';
import { HostResolver, type AddressLookup } from './host-resolver.js';
import { UndiciPoster } from './undici-poster.js';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => { for (const close of closers.splice(0)) await close(); });

const dns = (answers: Record<string, string[][]>): AddressLookup & { asked: number } => ({
  asked: 0,
  resolve4(host) {
    this.asked += 1;
    const list = answers[host];
    const next = list && list.length > 1 ? list.shift() : list?.[0];
    return next ? Promise.resolve(next) : Promise.reject(Object.assign(new Error('none'), { code: 'ENOTFOUND' }));
  },
  resolve6: () => Promise.reject(Object.assign(new Error('none'), { code: 'ENODATA' })),
});
const poster = (lookup: AddressLookup, allowLoopback: boolean, timeoutMs = 1000): UndiciPoster => {
  const policy = new IpPolicy({ allowLoopback });
  const made = new UndiciPoster({ resolver: new HostResolver(lookup, policy), policy, monotonic: systemMonotonic, timeoutMs });
  closers.push(() => made.close());
  return made;
};
const hook = async (answer?: Answer): Promise<HookServer> => {
  const server = await new HookServer(answer).listen();
  closers.push(() => server.close());
  return server;
};
const rawServer = async (onSocket: (socket: Socket) => void): Promise<{ port: number; connections: () => number }> => {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => new Promise((resolve) => { for (const socket of sockets) socket.destroy(); server.close(() => resolve()); }));
  const address = server.address();
  return { port: typeof address === 'object' && address ? address.port : 0, connections: () => connections };
};
const body = Buffer.from('{}');

describe('targets', () => {
  test('sec-A42: a name that was public when it was checked and is loopback now is not connected to', async () => {
    const server = await rawServer(() => undefined);
    const names = dns({ 'hooks.shop.example': [['1.1.1.1'], ['127.0.0.1']] });
    const policy = new IpPolicy({ allowLoopback: false });
    const url = await new HostResolver(names, policy).check(`https://hooks.shop.example:${server.port}/`);
    expect(await poster(names, false).post(url, {}, body)).toMatchObject({ status: 0, error: 'target_forbidden' });
    expect([names.asked, server.connections()]).toEqual([2, 0]);
  });

  test('sec-A42: of several addresses only the allowed ones are given to a socket', async () => {
    const resolver = new HostResolver(dns({ 'a.shop.example': [['10.0.0.1', '1.1.1.1', '169.254.169.254']] }), new IpPolicy({ allowLoopback: true }));
    expect(await resolver.addresses('a.shop.example')).toEqual([{ address: '1.1.1.1', family: 4 }]);
  });

  test('a URL whose name leads to private addresses only is refused; one that does not resolve yet is taken', async () => {
    const resolver = new HostResolver(dns({ 'a.shop.example': [['10.0.0.1']] }), new IpPolicy({ allowLoopback: false }));
    await expect(resolver.check('https://a.shop.example/')).rejects.toMatchObject({ code: 'validation_failed', errors: [{ pointer: '/url', code: 'url_target' }] });
    await expect(resolver.check('https://later.shop.example/x')).resolves.toBe('https://later.shop.example/x');
  });

  test('sec-A40 sec-A41: an address that a stricter policy forbids is not posted to, whatever was stored', async () => {
    const server = await hook();
    expect(await poster(dns({}), false).post(server.url, {}, body)).toMatchObject({ error: 'target_forbidden' });
    expect(server.received).toHaveLength(0);
  });

  test('sec-A43: proxy variables are ignored', async () => {
    const [server, proxy] = [await hook(), await rawServer(() => undefined)];
    const before = { ...process.env };
    for (const name of ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'ALL_PROXY']) process.env[name] = `http://127.0.0.1:${proxy.port}`;
    try {
      expect(await poster(dns({}), true).post(server.url, { 'webhook-id': 'evt_1' }, body)).toMatchObject({ status: 200 });
    } finally {
      process.env = before;
    }
    expect([proxy.connections(), server.received[0]?.headers['content-length'], server.received[0]?.headers['user-agent']]).toEqual([0, '2', 'NexoraMail-Webhooks/1.0']);
  });
});

describe('answers', () => {
  const post = async (answer: Answer, timeoutMs?: number) => poster(dns({}), true, timeoutMs).post((await hook(answer)).url, {}, body);

  test('sec-A44: without end are cut after 64 kB', async () => {
    let sent = 0;
    const result = await post((response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384, 120))) sent += 16_384;
        response.once('drain', more);
      };
      more();
    }, 20_000);
    expect(result).toMatchObject({ status: 200, error: '' });
    expect(result.head).toHaveLength(1024);
    expect(sent).toBeLessThan(20_000_000);
  });

  test('sec-A44: with a bomb in them are not decompressed', async () => {
    const result = await post((response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(Buffer.from([0x1f, 0x8b, 8, 0])));
    expect([...result.head]).toEqual([0x1f, 0x8b, 8, 0]);
  });

  test('that do not come, come too slowly or are no HTTP have an error and no status', async () => {
    expect(await post(() => undefined, 300)).toMatchObject({ status: 0, error: 'timeout' });
    const slow = await rawServer((socket) => { socket.write('HTTP/1.1 200 OK\r\nx-a'); });
    expect(await poster(dns({}), true, 300).post(`http://127.0.0.1:${slow.port}/`, {}, body)).toMatchObject({ status: 0, error: 'timeout' });
    const garbage = await rawServer((socket) => { socket.end('220 mx.shop.example ESMTP\r\n'); });
    expect(await poster(dns({}), true).post(`http://127.0.0.1:${garbage.port}/`, {}, body)).toMatchObject({ status: 0, error: 'answer_malformed' });
    const cut = await rawServer((socket) => socket.destroy());
    expect(await poster(dns({}), true).post(`http://127.0.0.1:${cut.port}/`, {}, body)).toMatchObject({ status: 0, error: 'connection_reset' });
    const big = await rawServer((socket) => { socket.end(`HTTP/1.1 200 OK\r\n${'x-h: y\r\n'.repeat(5000)}\r\n`); });
    expect(await poster(dns({}), true).post(`http://127.0.0.1:${big.port}/`, {}, body)).toMatchObject({ status: 0, error: 'answer_malformed' });
    const gone = await rawServer(() => undefined);
    await closers.pop()?.();
    expect(await poster(dns({}), true).post(`http://127.0.0.1:${gone.port}/`, {}, body)).toMatchObject({ status: 0, error: 'connection_refused' });
    expect(await poster(dns({}), true).post('https://nobody.shop.example/', {}, body)).toMatchObject({ status: 0, error: 'host_not_found' });
  });

  test('that are cut off because we stop are told apart', async () => {
    const server = await hook(() => undefined);
    const made = poster(dns({}), true, 20_000);
    const result = made.post(server.url, {}, body);
    await server.until(1);
    made.abort();
    expect(await result).toMatchObject({ status: 0, error: 'aborted' });
  });
});
