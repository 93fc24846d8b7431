import { MessageChannel } from 'node:worker_threads';
import { describeRpc, testDirectory } from './fixtures/rpc.suite.js';
import { RemoteBinding } from './remote-binding.js';
import { GrpcServerStrategy } from './server-strategy.js';
import { linkDirectories } from './thread-binding.js';
import { ThreadLink } from './thread-link.js';

describeRpc('in this process', async (lines) => {
  const directory = testDirectory({}, lines);
  return { pair: { client: directory, server: directory, stop: async () => undefined }, serve: async () => undefined };
});

describeRpc('between threads', async (lines) => {
  const { port1, port2 } = new MessageChannel();
  const client = testDirectory();
  const server = testDirectory({}, lines);
  linkDirectories(client, new ThreadLink(port1));
  linkDirectories(server, new ThreadLink(port2));
  port1.ref();
  return {
    pair: {
      client, server,
      stop: async () => {
        port1.close();
      },
    },
    serve: async () => undefined,
  };
});

describeRpc('over gRPC', async (lines) => {
  const server = testDirectory({}, lines);
  const strategy = new GrpcServerStrategy({ address: '127.0.0.1:0', services: () => server.registrations });
  let remote: RemoteBinding | undefined;
  const client = testDirectory({ remote: () => (remote ??= new RemoteBinding(`127.0.0.1:${strategy.port}`)) });
  return {
    pair: {
      client, server,
      stop: async () => {
        remote?.close();
        await strategy.close();
      },
    },
    serve: () => strategy.start(),
  };
});
