import type { BusRecord, EventBus, Subscription } from '../bus/event-bus.js';
import type { ThreadLink } from '../rpc/thread-link.js';

interface Subscribe { readonly id: number; readonly group: string; readonly topics: readonly string[] }
interface Handle { readonly id: number; readonly records: readonly BusRecord[] }
interface Park { readonly id: number; readonly record: BusRecord; readonly message: string }

/** The bus of a worker thread: the main thread's, reached over the link. */
export class ThreadBus implements EventBus {
  private readonly subscriptions = new Map<number, Subscription>();
  private last = 0;

  constructor(private readonly link: ThreadLink) {
    link.onAsk('bus.handle', (body) => {
      const { id, records } = body as Handle;
      return this.subscription(id).handle(records);
    });
    link.onAsk('bus.park', (body) => {
      const { id, record, message } = body as Park;
      return this.subscription(id).park(record, new Error(message));
    });
  }

  async publish(records: readonly BusRecord[]): Promise<void> {
    await this.link.ask('bus.publish', records);
  }

  async subscribe(subscription: Subscription): Promise<{ close(): Promise<void> }> {
    const id = ++this.last;
    this.subscriptions.set(id, subscription);
    const { group, topics } = subscription;
    await this.link.ask('bus.subscribe', { id, group, topics } satisfies Subscribe);
    return {
      close: async () => {
        await this.link.ask('bus.close', id);
        this.subscriptions.delete(id);
      },
    };
  }

  private subscription(id: number): Subscription {
    const found = this.subscriptions.get(id);
    if (!found) throw new Error(`This thread has no subscription ${id}`);
    return found;
  }
}

/** Lends the main thread's bus to the thread behind the link; its subscriptions end with it. */
export function lendBus(bus: EventBus, link: ThreadLink): void {
  const open = new Map<number, { close(): Promise<void> }>();
  link.onAsk('bus.publish', (records) => bus.publish(records as readonly BusRecord[]));
  link.onAsk('bus.subscribe', async (body) => {
    const { id, group, topics } = body as Subscribe;
    open.set(id, await bus.subscribe({
      group,
      topics,
      handle: async (records) => void (await link.ask('bus.handle', { id, records } satisfies Handle)),
      park: async (record, error) => void (await link.ask('bus.park', { id, record, message: error.message } satisfies Park)),
    }));
  });
  link.onAsk('bus.close', async (id) => {
    await open.get(id as number)?.close();
    open.delete(id as number);
  });
  link.onEnd(() => {
    for (const subscription of open.values()) subscription.close().catch(() => undefined); // its batch in hand fails with the thread and is repeated
  });
}
