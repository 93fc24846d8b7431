import 'reflect-metadata';
import type { DynamicModule, Type } from '@nestjs/common';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import { grpcServicesOf } from '../rpc/grpc-service.js';
import { NestLogger } from './nest-logger.js';
import type { Runtime } from '../runtime.js';

/** What a service is made of. */
export interface ServiceOptions {
  /** The app's name (`dispatch`): in logs. */
  readonly name: string;
  /** The context's Nest module, made with everything it needs from the runtime. */
  readonly module: DynamicModule;
  /** Port of the gRPC server, 0 for any; without it the service is reached in this process only. */
  readonly grpcPort?: number;
  /** Runs when modules are initialised and the controllers can be called. */
  readonly onStart?: (service: RunningService) => void | Promise<void>;
  /** Runs first when the service stops, before its modules shut down. */
  readonly onStop?: () => void | Promise<void>;
}

/** A service that runs in this process. */
export interface RunningService {
  readonly name: string;
  /** Port of its gRPC server; undefined without one. */
  readonly grpcPort?: number;
  /** A provider of its module. */
  get<T>(token: string | symbol | Type<T>): T;
  /** Runs `onStop`, drains gRPC, takes its controllers out of the directory, runs the modules' shutdown hooks. Repeats have no effect. */
  stop(): Promise<void>;
}

/**
 * Starts a Nest application context, registers its `@GrpcService` controllers in the runtime's directory and, with `grpcPort`, serves them over
 * gRPC. A failure stops what has started and rejects.
 */
export async function startService(runtime: Runtime, options: ServiceOptions): Promise<RunningService> {
  const { name, module, grpcPort, onStart, onStop } = options;
  const logger = runtime.logger.child({ part: name });
  const app = await NestFactory.createApplicationContext(module, { logger: new NestLogger(logger), abortOnError: false });
  const undo: (() => unknown)[] = [() => app.close()];
  const unwind = async (): Promise<void> => {
    for (let step = undo.pop(); step; step = undo.pop()) await step();
  };
  try {
    for (const { metatype, instance } of controllersOf(app.get(ModulesContainer))) {
      for (const definition of grpcServicesOf(metatype)) undo.push(runtime.rpc.register(definition, instance));
    }
    const server = grpcPort === undefined ? undefined : await runtime.serveGrpc(grpcPort);
    if (server) undo.push(() => server.close());
    let stopping: Promise<void> | undefined;
    const service: RunningService = {
      name,
      ...(server && { grpcPort: server.port }),
      get: (token) => app.get(token, { strict: false }),
      stop: () => (stopping ??= unwind()),
    };
    if (onStop) undo.push(onStop);
    await onStart?.(service);
    logger.info({ ...(server && { port: server.port }) }, 'Service started');
    return service;
  } catch (error) {
    await unwind();
    throw error;
  }
}

function* controllersOf(modules: ModulesContainer): Iterable<{ metatype: object; instance: object }> {
  for (const { controllers } of modules.values()) {
    for (const { metatype, instance } of controllers.values()) {
      if (metatype && typeof instance === 'object' && instance !== null) yield { metatype, instance: instance };
    }
  }
}
