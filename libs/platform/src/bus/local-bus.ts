import type { BusRecord, EventBus, Subscription } from './event-bus.js';
import { closedError, LocalGroup, type Delivery } from './local-group.js';
import { systemTimers, type Timers } from './timers.js';

/** Settings of a {@link LocalBus}. */
export interface LocalBusOptions {
  readonly timers?: Timers;
  /** Records wait until {@link LocalBus.open}: no record may be acknowledged before every group of the process has subscribed. */
  readonly held?: boolean;
}

/**
 * The bus of one process; the outbox is its log. `publish` hands each record to every group of its topic, all groups in parallel, and
 * resolves when each has handled or parked all of them. A topic that no group reads is acknowledged at once. Once known, a group that
 * closed is waited for: publishing to it rejects, and the records stay in the outbox until it subscribes again.
 */
export class LocalBus implements EventBus {
  private readonly groups = new Map<string, LocalGroup | { closed: readonly string[] }>();
  private readonly timers: Timers;
  private readonly opened = Promise.withResolvers<void>();

  constructor({ timers = systemTimers, held = false }: LocalBusOptions = {}) {
    this.timers = timers;
    if (!held) this.open();
  }

  /** Lets records flow: call it when every service of the process has started. */
  open(): void {
    this.opened.resolve();
  }

  async publish(records: readonly BusRecord[]): Promise<void> {
    await this.opened.promise;
    const wanted = [...this.groups].map(([name, group]) => ({
      name, group, records: records.filter(({ topic }) => (group instanceof LocalGroup ? group.accepts(topic) : group.closed.includes(topic))),
    })).filter((part) => part.records.length > 0);
    const absent = wanted.find(({ group }) => !(group instanceof LocalGroup));
    if (absent) throw closedError(absent.name);
    await Promise.all(wanted.flatMap(({ group, records: part }) => (group instanceof LocalGroup ? [deliver(group, part)] : [])));
  }

  subscribe(subscription: Subscription): Promise<{ close(): Promise<void> }> {
    const { group: name, topics } = subscription;
    if (this.groups.get(name) instanceof LocalGroup) return Promise.reject(new Error(`Group ${name} has subscribed already: one subscription names all its topics`));
    const group = new LocalGroup(subscription, this.timers);
    this.groups.set(name, group);
    return Promise.resolve({
      close: async () => {
        if (this.groups.get(name) === group) this.groups.set(name, { closed: topics });
        await group.close();
      },
    });
  }
}

function deliver(group: LocalGroup, records: readonly BusRecord[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = records.length;
    const settle = (failure?: Error): void => {
      if (failure) reject(failure);
      else if (--left === 0) resolve();
    };
    group.push(records.map((record): Delivery => ({ record, settle })));
  });
}
