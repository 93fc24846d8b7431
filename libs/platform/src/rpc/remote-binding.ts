import { Client, connectivityState, type ChannelOptions, type Metadata, type ServiceError } from '@grpc/grpc-js';
import { systemMonotonic, toAppError, type Monotonic } from '@nexoramail/kernel';
import type { Binding } from './binding.js';
import { canceled, serverAway, type CallContext } from './call-context.js';
import { clientCredentials, type TlsFiles } from './credentials.js';
import type { MethodDefinition } from './definition.js';
import { fromServiceError, lineBroke } from './errors.js';
import { toHeaders } from './metadata.js';
import { MAX_FRAME_BYTES, type MethodPolicy } from './policies.js';

/** Milliseconds after which a call to a server that cannot be reached fails, repeat included. */
const AWAY_AFTER_MS = 1_800;

const CHANNEL: ChannelOptions = {
  'grpc.service_config': '{"loadBalancingConfig":[{"round_robin":{}}]}', // over all replicas that the name resolves to
  'grpc.enable_retries': 0, // ours know which calls may be repeated
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  'grpc.keepalive_time_ms': 10_000, // finds a frozen or cut-off peer
  'grpc.keepalive_timeout_ms': 2_000,
  'grpc.max_receive_message_length': MAX_FRAME_BYTES + 65_536, // above what a server may send, so that only a server's own limit shows as too large
  'grpc.max_send_message_length': -1, // validated before
};

/** Calls services over one gRPC channel: deadline, cancellation, metadata, one repeat of an idempotent call whose line broke. */
export class RemoteBinding implements Binding {
  private readonly client: Client;

  constructor(readonly address: string, tls?: TlsFiles, private readonly monotonic: Monotonic = systemMonotonic) {
    this.client = new Client(address, clientCredentials(address, tls), CHANNEL);
  }

  async call(method: MethodDefinition, policy: MethodPolicy, request: unknown, context: CallContext): Promise<unknown> {
    const giveUpAt = this.monotonic.now() + AWAY_AFTER_MS;
    try {
      await this.ready(giveUpAt, context);
      return await this.send(method, request, context);
    } catch (error) {
      if (!isServiceError(error)) throw error;
      const again = policy.idempotent && lineBroke(error) && !context.aborted && this.monotonic.now() < giveUpAt;
      if (!again) throw fromServiceError(error);
    }
    await this.ready(giveUpAt, context);
    return this.send(method, request, context).catch((error: unknown) => Promise.reject(isServiceError(error) ? fromServiceError(error) : toAppError(error)));
  }

  /** Ends the channel; calls under way fail. */
  close(): void {
    this.client.close();
  }

  /** Resolves when the channel is connected. A server that refuses or does not answer is `temporarily_unavailable` by then. */
  private ready(giveUpAt: number, context: CallContext): Promise<void> {
    const channel = this.client.getChannel();
    if (channel.getConnectivityState(true) === connectivityState.READY) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const leave = context.onAbort(reject);
      const until = Date.now() + Math.max(0, giveUpAt - this.monotonic.now()); // grpc-js counts deadlines on the wall clock
      const watch = (): void => {
        if (context.aborted) return;
        const state = channel.getConnectivityState(true);
        if (state === connectivityState.READY) {
          leave();
          resolve();
          return;
        }
        channel.watchConnectivityState(state, until, (timedOut) => {
          if (!timedOut) return watch();
          leave();
          reject(serverAway(timedOut));
        });
      };
      watch();
    });
  }

  private send(method: MethodDefinition, request: unknown, context: CallContext): Promise<unknown> {
    if (context.aborted) return Promise.reject(canceled());
    return new Promise((resolve, reject) => {
      const metadata: Metadata = toHeaders(context);
      const deadline = Number.isFinite(context.deadlineAt) ? new Date(Date.now() + context.deadlineAt - this.monotonic.now()) : Number.POSITIVE_INFINITY;
      const call = this.client.makeUnaryRequest(method.path, method.requestSerialize, method.responseDeserialize, request, metadata, { deadline }, (error: ServiceError | null, answer: unknown) => {
        leave();
        if (error) reject(error);
        else resolve(answer);
      });
      const leave = context.onAbort(() => call.cancel());
    });
  }
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'metadata' in error && 'details' in error;
}

/** Finds remote services by `NEXORA_GRPC_<CONTEXT>=host:port` (`nexora.compliance.v1.…` → `NEXORA_GRPC_COMPLIANCE`); one channel per address. */
export class RemoteServices {
  private readonly channels = new Map<string, RemoteBinding>();

  constructor(private readonly variables: Readonly<Record<string, string | undefined>>, private readonly tls?: TlsFiles) {}

  readonly find = (service: string): Binding | undefined => {
    const address = this.variables[`NEXORA_GRPC_${(service.split('.')[1] ?? '').toUpperCase()}`]?.trim();
    if (!address) return undefined;
    const known = this.channels.get(address);
    if (known) return known;
    const made = new RemoteBinding(address, this.tls);
    this.channels.set(address, made);
    return made;
  };

  close(): void {
    for (const channel of this.channels.values()) channel.close();
    this.channels.clear();
  }
}
