import { systemMonotonic, type Monotonic } from '@nexoramail/kernel';
import type { Binding } from './binding.js';
import { CallContext, canceled, deadlineExceeded, serverAway, type CallMetadata } from './call-context.js';
import type { MethodDefinition } from './definition.js';
import type { Directory } from './directory.js';
import type { MethodPolicy } from './policies.js';
import type { ThreadLink } from './thread-link.js';

interface RpcBody {
  readonly path: string;
  readonly request: Uint8Array;
  readonly metadata: CallMetadata;
  readonly timeoutMs: number;
}

/** Calls services that another thread of this process runs. Messages travel encoded, so both sides see the same types as over the network. */
export class ThreadBinding implements Binding {
  constructor(private readonly link: ThreadLink, private readonly monotonic: Monotonic = systemMonotonic) {}

  async call(method: MethodDefinition, _policy: MethodPolicy, request: unknown, context: CallContext): Promise<unknown> {
    // Into a buffer of its own, which moves to the other thread; `Buffer.from` of a small message lies in a shared slab that must not.
    const bytes = Uint8Array.from(method.requestSerialize(request));
    const { accountId, requestId, traceparent } = context;
    const body: RpcBody = {
      path: method.path,
      request: bytes,
      metadata: { ...(accountId !== undefined && { accountId }), ...(requestId !== undefined && { requestId }), ...(traceparent !== undefined && { traceparent }) },
      timeoutMs: context.deadlineAt - this.monotonic.now(),
    };
    const answer = await this.link.ask('rpc', body, { signal: context.signal, transfer: [bytes.buffer] });
    return method.responseDeserialize(Buffer.from(answer as Uint8Array)) as unknown;
  }
}

/** Joins two threads' directories: each serves the other's calls to its own services, and learns which those are. */
export function linkDirectories(directory: Directory, link: ThreadLink, monotonic: Monotonic = systemMonotonic): void {
  const binding = new ThreadBinding(link, monotonic);
  let unroute = (): void => undefined;
  let routed: readonly string[] = [];
  const tell = (): void => link.tell('rpc.services', [...directory.registrations].map(({ name }) => name));
  link.onTell('rpc.services', (body) => {
    const names = body as readonly string[];
    unroute();
    directory.retire(routed.filter((name) => !names.includes(name)));
    unroute = directory.route(names, binding);
    routed = names;
  });
  link.onAsk('rpc', (body, signal) => serveBody(directory, body as RpcBody, signal, monotonic));
  // A thread that starts later than we tell asks for the list itself.
  link.onTell('rpc.hello', tell);
  const leave = directory.onRegistration(tell);
  link.onEnd(() => {
    unroute();
    leave();
  });
  link.tell('rpc.hello', null);
  tell();
}

async function serveBody(directory: Directory, { path, request, metadata, timeoutMs }: RpcBody, signal: AbortSignal, monotonic: Monotonic): Promise<Uint8Array> {
  const served = directory.served(path);
  if (!served) throw serverAway();
  const context = new CallContext(metadata, monotonic.now() + timeoutMs);
  const timer = setTimeout(() => context.abort(deadlineExceeded()), timeoutMs);
  signal.addEventListener('abort', () => {
    clearTimeout(timer);
    context.abort(canceled());
  }, { once: true });
  try {
    return served.definition.responseSerialize(await served.serve(served.definition.requestDeserialize(Buffer.from(request)), context));
  } finally {
    clearTimeout(timer);
  }
}
