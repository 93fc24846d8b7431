import { Server, type sendUnaryData, type ServerUnaryCall, type ServiceDefinition as GrpcServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { systemMonotonic, type Monotonic } from '@nexoramail/kernel';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import { CallContext, canceled, deadlineExceeded } from './call-context.js';
import { serverCredentials, type TlsFiles } from './credentials.js';
import type { Registration } from './directory.js';
import { toServiceError } from './errors.js';
import { fromHeaders } from './metadata.js';
import { MAX_FRAME_BYTES } from './policies.js';
import type { ServedMethod } from './serve.js';

/** Settings of a {@link GrpcServerStrategy}. */
export interface GrpcServerOptions {
  /** `host:port`; port 0 lets the system choose. */
  readonly address: string;
  /** The services to offer, asked once when it starts to listen. */
  readonly services: () => Iterable<Registration>;
  readonly tls?: TlsFiles;
  readonly monotonic?: Monotonic;
}

/** Milliseconds that calls under way get to end when the server stops. */
const DRAIN_MS = 5_000;

/** Serves registered controllers over plain grpc-js, as a Nest transport: no message patterns, no proto files at run time. */
export class GrpcServerStrategy implements CustomTransportStrategy {
  private readonly server = new Server({
    'grpc.max_receive_message_length': MAX_FRAME_BYTES,
    'grpc.max_send_message_length': MAX_FRAME_BYTES,
    'grpc.keepalive_time_ms': 10_000,
    'grpc.keepalive_timeout_ms': 2_000,
    'grpc.max_connection_age_ms': 300_000, // clients look the name up again, so that new replicas get their share
    'grpc.max_connection_age_grace_ms': 30_000,
  });
  private bound = 0;

  constructor(private readonly options: GrpcServerOptions) {}

  /** The port in use, once it listens. */
  get port(): number {
    return this.bound;
  }

  /** Nest's entry: calls back with the error, or when the server listens. */
  listen(callback: (error?: Error) => void): void {
    this.start().then(() => callback(), callback);
  }

  /** Registers the services and listens; rejects when the port is taken. */
  async start(): Promise<void> {
    for (const { methods } of this.options.services()) {
      const definition: Record<string, GrpcServiceDefinition[string]> = {};
      const implementation: UntypedServiceImplementation = {};
      for (const served of methods.values()) {
        definition[served.definition.path] = served.definition;
        implementation[served.definition.path] = (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>) => this.handle(served, call, callback);
      }
      this.server.addService(definition, implementation);
    }
    const { address, tls } = this.options;
    const credentials = serverCredentials(address, tls);
    this.bound = await new Promise((resolve, reject) => this.server.bindAsync(address, credentials, (error, port) => (error ? reject(error) : resolve(port))));
  }

  /** Takes no more calls; ends those under way after five seconds. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.server.forceShutdown();
        resolve();
      }, DRAIN_MS);
      this.server.tryShutdown(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  private handle(served: ServedMethod, call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>): void {
    const left = Math.min(Number(call.getDeadline()) - Date.now(), served.policy.deadlineMs);
    const context = new CallContext(fromHeaders(call.metadata), (this.options.monotonic ?? systemMonotonic).now() + left);
    const timer = setTimeout(() => context.abort(deadlineExceeded()), Math.max(0, left));
    call.on('cancelled', () => {
      clearTimeout(timer);
      context.abort(canceled());
    });
    void served.serve(call.request, context)
      .then((answer) => callback(null, answer), (error: unknown) => callback(toServiceError(error)))
      .finally(() => clearTimeout(timer));
  }
}
