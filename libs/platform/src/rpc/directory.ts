import { systemMonotonic, type Monotonic } from '@nexoramail/kernel';
import type { Logger } from '../log/logger.js';
import type { Telemetry } from '../telemetry/telemetry.js';
import { ClientMethod, InProcessBinding, type Binding } from './binding.js';
import { canceled, serverAway, type CallContext } from './call-context.js';
import { serviceName, type Implementation, type MethodDefinition, type ServiceDefinition } from './definition.js';
import type { MethodPolicy } from './policies.js';
import { ServedMethod } from './serve.js';

/** Where a process finds the services that it calls, and offers those that it runs. */
export interface RpcDirectory {
  /** A client of the generated `XService` interface. Lazy: the service may be registered later. Rejects with AppErrors only. */
  client<T extends object>(definition: ServiceDefinition): T;
  /** True while this process runs the service itself: a coalescer before its calls would only add work (`flows.md` §1). */
  isLocal(definition: ServiceDefinition): boolean;
  /** Offers a controller to this process, its threads and its gRPC server. Returns the function that takes it back. */
  register(definition: ServiceDefinition, implementation: object): () => void;
}

/** What a {@link Directory} is made of. */
export interface DirectoryOptions {
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly monotonic?: Monotonic;
  /** Finds services that run elsewhere; asked when this process has none of that name. */
  readonly remote?: (service: string) => Binding | undefined;
  /** Milliseconds that a call waits for a service that has not been registered yet; 2,000. */
  readonly patienceMs?: number;
}

/** A service that this process runs: for servers. */
export interface Registration {
  readonly name: string;
  readonly methods: ReadonlyMap<string, ServedMethod>;
  readonly binding: Binding;
}

/** The {@link RpcDirectory} of a process: a service of its own first, then one of a thread, then one over the network. */
export class Directory implements RpcDirectory {
  private readonly local = new Map<string, Registration>();
  private readonly threads = new Map<string, Binding>();
  private readonly stopped = new Set<string>();
  private readonly registered = new Set<() => void>();
  private readonly found = new Set<() => void>();
  private readonly clients = new WeakMap<ServiceDefinition, object>();
  private readonly monotonic: Monotonic;

  constructor(private readonly options: DirectoryOptions) {
    this.monotonic = options.monotonic ?? systemMonotonic;
  }

  /** Services of this process, as they are registered now. */
  get registrations(): Iterable<Registration> {
    return this.local.values();
  }

  client<T extends object>(definition: ServiceDefinition): T {
    const known = this.clients.get(definition);
    if (known) return known as T;
    const name = serviceName(definition);
    const bind = (method: MethodDefinition, policy: MethodPolicy, request: unknown, context: CallContext): Promise<unknown> => {
      const binding = this.find(name);
      if (binding) return binding.call(method, policy, request, context);
      return this.await(name).then((late) => (context.aborted ? Promise.reject(canceled()) : late.call(method, policy, request, context)));
    };
    const client = Object.fromEntries(Object.entries(definition).map(([key, method]) => {
      const rpc = new ClientMethod(method, { monotonic: this.monotonic, traceparent: () => this.options.telemetry.traceparent() }, bind);
      return [key, (request: unknown) => rpc.call(request)];
    }));
    this.clients.set(definition, client);
    return client as T;
  }

  isLocal(definition: ServiceDefinition): boolean {
    return this.local.has(serviceName(definition));
  }

  register(definition: ServiceDefinition, implementation: object): () => void {
    const name = serviceName(definition);
    if (this.local.has(name)) throw new Error(`${name} is registered twice`);
    const tools = { logger: this.options.logger, telemetry: this.options.telemetry, monotonic: this.monotonic };
    const methods = new Map(Object.entries(definition).map(([key, method]) => [method.path, new ServedMethod(implementation as Implementation, key, method, tools)]));
    this.local.set(name, { name, methods, binding: new InProcessBinding(methods) });
    this.stopped.delete(name);
    this.announce(this.registered);
    return () => {
      this.local.delete(name);
      this.stopped.add(name);
      this.announce(this.registered);
    };
  }

  /** Sends calls of these services to a thread that runs them, until the returned function is called. */
  route(names: readonly string[], binding: Binding): () => void {
    for (const name of names) {
      this.threads.set(name, binding);
      this.stopped.delete(name);
    }
    this.announce(this.found);
    return () => {
      for (const name of names) if (this.threads.get(name) === binding) this.threads.delete(name);
    };
  }

  /** Calls of these services fail at once instead of waiting for their return: their thread has stopped them on purpose. */
  retire(names: readonly string[]): void {
    for (const name of names) this.stopped.add(name);
  }

  /** The rpc at this path, if this process runs it: for servers. */
  served(path: string): ServedMethod | undefined {
    return this.local.get(path.split('/')[1] ?? '')?.methods.get(path);
  }

  /** Calls `listener` when a service of this process comes or goes. Returns the function that ends it. */
  onRegistration(listener: () => void): () => void {
    this.registered.add(listener);
    return () => void this.registered.delete(listener);
  }

  private find(name: string): Binding | undefined {
    return this.local.get(name)?.binding ?? this.threads.get(name) ?? this.options.remote?.(name);
  }

  /** Services of one process start in some order: a call that comes too early waits a little; one that comes after the stop does not. */
  private await(name: string): Promise<Binding> {
    if (this.stopped.has(name)) return Promise.reject(serverAway());
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const binding = this.find(name);
        if (!binding) return;
        clearTimeout(timer);
        end();
        resolve(binding);
      };
      const end = (): void => {
        this.registered.delete(look);
        this.found.delete(look);
      };
      this.registered.add(look);
      this.found.add(look);
      const timer = setTimeout(() => {
        end();
        reject(serverAway());
      }, this.options.patienceMs ?? 2_000);
    });
  }

  private announce(listeners: ReadonlySet<() => void>): void {
    for (const listener of [...listeners]) listener();
  }
}
