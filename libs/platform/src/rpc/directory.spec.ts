import { MessageChannel } from 'node:worker_threads';
import { expect, test } from '@jest/globals';
import { AppError } from '@nexoramail/kernel';
import { echo, EchoServiceService, type EchoService } from './fixtures/echo.js';
import { testDirectory } from './fixtures/rpc.suite.js';
import { linkDirectories } from './thread-binding.js';
import { ThreadLink } from './thread-link.js';

const failure = (call: Promise<unknown>): Promise<AppError> => call.then(() => Promise.reject(new Error('The call should have failed')), (error: AppError) => error);
const controller: EchoService = { get: async (request) => request, change: async (request) => request };

test('a client may be made, and even called, before the service is there', async () => {
  const directory = testDirectory();
  const client = directory.client<EchoService>(EchoServiceService);
  const early = client.get(echo('early'));
  expect(directory.isLocal(EchoServiceService)).toBe(false);
  directory.register(EchoServiceService, controller);
  expect(directory.isLocal(EchoServiceService)).toBe(true);
  expect((await early).detail).toBe('early');
  expect(directory.client(EchoServiceService)).toBe(client);
});

test('a service that never comes is away, one that was taken back is away at once', async () => {
  const directory = testDirectory({ patienceMs: 20 });
  const client = directory.client<EchoService>(EchoServiceService);
  expect(await failure(client.get(echo('')))).toMatchObject({ code: 'temporarily_unavailable', retryAfterS: 1 });

  const patient = testDirectory({ patienceMs: 60_000 });
  const take = patient.register(EchoServiceService, controller);
  take();
  expect((await failure(patient.client<EchoService>(EchoServiceService).get(echo('')))).code).toBe('temporarily_unavailable');
  patient.register(EchoServiceService, controller);
  expect((await patient.client<EchoService>(EchoServiceService).get(echo('back'))).detail).toBe('back');
});

test('one name has one controller', () => {
  const directory = testDirectory();
  directory.register(EchoServiceService, controller);
  expect(() => directory.register(EchoServiceService, controller)).toThrow('nexora.test.v1.EchoService is registered twice');
});

test('a thread that ends takes its services with it; calls under way fail', async () => {
  const { port1, port2 } = new MessageChannel();
  const [client, server] = [testDirectory({ patienceMs: 20 }), testDirectory()];
  linkDirectories(server, new ThreadLink(port2));
  linkDirectories(client, new ThreadLink(port1));
  port1.ref();
  const started = Promise.withResolvers<void>();
  server.register(EchoServiceService, {
    get: () => {
      started.resolve();
      return new Promise(() => undefined);
    },
  });
  const call = failure(client.client<EchoService>(EchoServiceService).get(echo('')));
  await started.promise;
  port2.close();
  expect((await call).code).toBe('temporarily_unavailable');
  expect((await failure(client.client<EchoService>(EchoServiceService).get(echo('')))).code).toBe('temporarily_unavailable');
});

test('a call for a service of this process costs microseconds', async () => {
  const directory = testDirectory();
  directory.register(EchoServiceService, controller);
  const client = directory.client<EchoService>(EchoServiceService);
  const request = echo('x');
  const round = async (): Promise<number> => {
    const started = performance.now();
    for (let i = 0; i < 2_000; i++) await client.get(request);
    return (performance.now() - started) / 2;
  };
  await round();
  const best = Math.min(await round(), await round(), await round());
  expect(best).toBeLessThan(50); // µs; about 2 on an idle machine
});
