import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { AppError } from '@nexoramail/kernel';
import { ConfigError } from '../config/parse.js';
import { clientCredentials, isLoopback, serverCredentials, tlsFiles, type TlsFiles } from './credentials.js';
import { CutProxy } from './fixtures/cut-proxy.js';
import { echo, EchoServiceService, type EchoService } from './fixtures/echo.js';
import { testDirectory } from './fixtures/rpc.suite.js';
import { RemoteBinding, RemoteServices } from './remote-binding.js';
import { GrpcServerStrategy } from './server-strategy.js';

const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanup.splice(0).reverse()) await step();
});

const failure = (call: Promise<unknown>): Promise<AppError> => call.then(() => Promise.reject(new Error('The call should have failed')), (error: AppError) => error);

async function serve(controller: Partial<EchoService>, tls?: TlsFiles): Promise<number> {
  const directory = testDirectory();
  directory.register(EchoServiceService, controller);
  const strategy = new GrpcServerStrategy({ address: '127.0.0.1:0', services: () => directory.registrations, ...(tls && { tls }) });
  await new Promise<void>((resolve, reject) => strategy.listen((error) => (error ? reject(error) : resolve())));
  cleanup.push(() => strategy.close());
  return strategy.port;
}

function clientOf(address: string, tls?: TlsFiles): EchoService {
  const remote = new RemoteBinding(address, tls);
  cleanup.push(() => remote.close());
  return testDirectory({ remote: () => remote }).client<EchoService>(EchoServiceService);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('a server that is away', () => {
  test('fails within two seconds when nothing listens, and works as soon as something does', async () => {
    const client = clientOf(`127.0.0.1:${await freePort()}`);
    const started = performance.now();
    expect(await failure(client.get(echo('')))).toMatchObject({ code: 'temporarily_unavailable', retryAfterS: 1 });
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test('fails within two seconds when it accepts and says nothing', async () => {
    const proxy = new CutProxy(0, true);
    const port = await proxy.listen();
    cleanup.push(() => proxy.close());
    const started = performance.now();
    expect(await failure(clientOf(`127.0.0.1:${port}`).get(echo('')))).toMatchObject({ code: 'temporarily_unavailable' });
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test('a service that no variable names is away', async () => {
    const services = new RemoteServices({ NEXORA_GRPC_TEST: ' ' });
    const client = testDirectory({ remote: services.find, patienceMs: 1 }).client<EchoService>(EchoServiceService);
    expect(await failure(client.get(echo('')))).toMatchObject({ code: 'temporarily_unavailable' });
  });
});

describe('a line that breaks during a call', () => {
  const broken = async (): Promise<{ client: EchoService; calls: string[] }> => {
    const calls: string[] = [];
    let cut = (): void => undefined;
    const answer = (name: string) => async () => {
      if (calls.push(name) === 1) cut();
      return echo('done');
    };
    const proxy = new CutProxy(await serve({ get: answer('get'), change: answer('change') }));
    cut = () => proxy.cut();
    cleanup.push(() => proxy.close());
    return { client: clientOf(`127.0.0.1:${await proxy.listen()}`), calls };
  };

  test('is repeated once when the call is idempotent', async () => {
    const { client, calls } = await broken();
    expect(await client.get(echo(''))).toEqual(echo('done'));
    expect(calls).toEqual(['get', 'get']);
  });

  test('is not repeated when it is not', async () => {
    const { client, calls } = await broken();
    expect(await failure(client.change(echo('')))).toMatchObject({ code: 'temporarily_unavailable' });
    expect(calls).toEqual(['change']);
    expect(await client.change(echo(''))).toEqual(echo('done'));
  });
});

describe('RemoteServices', () => {
  test('finds a service by the variable of its context, one channel per address', async () => {
    const port = await serve({ get: async () => echo('here') });
    const services = new RemoteServices({ NEXORA_GRPC_TEST: `127.0.0.1:${port}`, NEXORA_GRPC_OTHER: `127.0.0.1:${port}` });
    cleanup.push(() => services.close());
    expect(services.find('nexora.test.v1.EchoService')).toBe(services.find('nexora.other.v1.X'));
    expect(services.find('nexora.third.v1.X')).toBeUndefined();
    expect((await testDirectory({ remote: services.find }).client<EchoService>(EchoServiceService).get(echo(''))).detail).toBe('here');
  });
});

describe('credentials', () => {
  const file = (name: string): string => fileURLToPath(new URL(`fixtures/${name}.pem`, import.meta.url));
  const identity = (name: string): TlsFiles => ({ ca: file('ca'), cert: file(name), key: file(`${name}.key`) });

  test('mutual TLS lets members of the CA in', async () => {
    const port = await serve({ get: async () => echo('sealed') }, identity('server'));
    expect((await clientOf(`localhost:${port}`, identity('client')).get(echo(''))).detail).toBe('sealed');
  });

  test('sec-S72 sec-A69: a certificate of another CA, none at all, and TLS 1.2 are turned away', async () => {
    const port = await serve({ get: async () => echo('sealed') }, identity('server'));
    expect(await failure(clientOf(`localhost:${port}`, { ...identity('stranger'), ca: file('ca') }).get(echo('')))).toMatchObject({ code: 'temporarily_unavailable' });
    expect(await failure(clientOf(`localhost:${port}`).get(echo('')))).toMatchObject({ code: 'temporarily_unavailable' });
    const tls12 = connect({ port, host: 'localhost', ca: readFileSync(file('ca')), cert: readFileSync(file('client')), key: readFileSync(file('client.key')), maxVersion: 'TLSv1.2' });
    const outcome = await new Promise<string>((resolve) => tls12.on('secureConnect', () => resolve('connected')).on('error', (error: Error & { code?: string }) => resolve(error.code ?? error.message)));
    tls12.destroy();
    expect(outcome).toMatch(/PROTOCOL_VERSION|ECONNRESET/);
  });

  test('clear text stays on loopback', () => {
    expect(['127.0.0.1:1', 'localhost:1', '[::1]:1', '127.8.9.1:80'].map(isLoopback)).toEqual([true, true, true, true]);
    expect(['10.0.0.1:1', '0.0.0.0:1', 'accounts:9000', '[::]:1', 'localhost.example:1', '127.0.0.1.example:1'].map(isLoopback)).toEqual([false, false, false, false, false, false]);
    expect(() => clientCredentials('accounts:9000', undefined)).toThrow(ConfigError);
    expect(() => serverCredentials('0.0.0.0:9000', undefined)).toThrow(ConfigError);
  });

  test('the three files are named together or not at all', () => {
    expect(tlsFiles({})).toBeUndefined();
    expect(() => tlsFiles({ NEXORA_GRPC_TLS_CA: 'ca.pem' })).toThrow(/NEXORA_GRPC_TLS_CERT is not set.*NEXORA_GRPC_TLS_KEY is not set/);
    expect(tlsFiles({ NEXORA_GRPC_TLS_CA: 'a', NEXORA_GRPC_TLS_CERT: 'b', NEXORA_GRPC_TLS_KEY: 'c' })).toEqual({ ca: 'a', cert: 'b', key: 'c' });
  });
});
