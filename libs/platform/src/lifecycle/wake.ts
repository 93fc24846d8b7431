import type { MessagePort } from 'node:worker_threads';

interface WakeMessage {
  readonly kind: 'wake';
  readonly names: readonly string[];
}

const isWake = (message: unknown): message is WakeMessage => typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'wake';

/**
 * Tells loops of this process that there is work ("outbox:mail", "queue"), also across worker threads. A hint only: every loop polls besides.
 * Signals of one turn are joined and delivered after it, so that `signal` costs next to nothing inside a commit path.
 */
export class Wake {
  private readonly listeners = new Map<string, Set<() => void>>();
  private readonly ports = new Set<MessagePort>();
  private raised = new Set<string>();

  /** Calls the listeners of this name here and in all bridged threads, once per turn. */
  signal(name: string): void {
    if (this.raised.size === 0) queueMicrotask(() => this.flush());
    this.raised.add(name);
  }

  /** Calls `listener` (which must not throw) at each signal of the name. Returns the function that ends it. */
  on(name: string, listener: () => void): () => void {
    const listeners = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /** Joins this with the Wake behind the port: signals of either reach both, and are passed on to the other bridges of each. Does not keep the process alive. */
  bridge(port: MessagePort): void {
    this.ports.add(port);
    port.on('message', (message: unknown) => {
      if (isWake(message)) this.deliver(message.names, port);
    });
    port.on('close', () => this.ports.delete(port));
    port.unref();
  }

  private flush(): void {
    const names = [...this.raised];
    this.raised = new Set();
    this.deliver(names);
  }

  private deliver(names: readonly string[], from?: MessagePort): void {
    for (const port of this.ports) if (port !== from) port.postMessage({ kind: 'wake', names } satisfies WakeMessage);
    for (const name of names) for (const listener of this.listeners.get(name) ?? []) listener();
  }
}
