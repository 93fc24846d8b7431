import { Controller, Injectable, Module, type DynamicModule, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { describe, expect, test } from '@jest/globals';
import { GrpcService } from '../rpc/grpc-service.js';
import { echo, EchoServiceService, type Echo, type EchoService } from '../rpc/fixtures/echo.js';
import { RemoteBinding } from '../rpc/remote-binding.js';
import { testDirectory } from '../rpc/fixtures/rpc.suite.js';
import { testRuntime } from '../testing/test-runtime.js';
import { startService } from './start-service.js';

const seen: string[] = [];

@Injectable()
class Greeting implements OnModuleInit, OnApplicationShutdown {
  readonly word = 'hello';
  onModuleInit(): void {
    seen.push('init');
  }
  onApplicationShutdown(): void {
    seen.push('shutdown');
  }
}

@Controller()
@GrpcService(EchoServiceService)
class EchoController implements EchoService {
  constructor(private readonly greeting: Greeting) {}
  get(request: Echo): Promise<Echo> {
    return Promise.resolve(echo(`${this.greeting.word} ${request.detail}`));
  }
  change(request: Echo): Promise<Echo> {
    return this.get(request);
  }
}

@Module({})
class EchoModule {}
const module = (): DynamicModule => ({ module: EchoModule, providers: [Greeting], controllers: [EchoController] });

describe('startService', () => {
  const runtime = testRuntime();

  test('offers the controllers of a module in this process, and takes them back', async () => {
    seen.length = 0;
    const client = runtime.rpc.client<EchoService>(EchoServiceService);
    const service = await startService(runtime, { name: 'echo', module: module(), onStart: async () => void seen.push(`start ${(await client.get(echo('you'))).detail}`), onStop: () => void seen.push('stop') });
    expect(service.get(Greeting).word).toBe('hello');
    expect(service.grpcPort).toBeUndefined();
    await Promise.all([service.stop(), service.stop()]);
    await expect(client.get(echo(''))).rejects.toMatchObject({ code: 'temporarily_unavailable' });
    expect(seen).toEqual(['init', 'start hello you', 'stop', 'shutdown']);
  });

  test('serves them over gRPC when it is given a port', async () => {
    const service = await startService(runtime, { name: 'echo', module: module(), grpcPort: 0 });
    const remote = new RemoteBinding(`127.0.0.1:${service.grpcPort}`);
    const client = testDirectory({ remote: () => remote }).client<EchoService>(EchoServiceService);
    expect((await client.change(echo('there'))).detail).toBe('hello there');
    remote.close();
    await service.stop();
  });

  test('a start that fails stops what has started', async () => {
    seen.length = 0;
    await expect(startService(runtime, { name: 'echo', module: module(), onStart: () => Promise.reject(new Error('no')) })).rejects.toThrow('no');
    expect(seen).toEqual(['init', 'shutdown']);
    const again = await startService(runtime, { name: 'echo', module: module() });
    await again.stop();
  });

  test('a module that cannot be built is an error, not the end of the process', async () => {
    await expect(startService(runtime, { name: 'echo', module: { module: EchoModule, controllers: [EchoController] } })).rejects.toThrow(/dependencies of the EchoController/);
  });
});
