import { wants } from '../domain/event-filter.js';
import type { FanOutStore, Lease, LeasedPost, OutgoingEvent } from './ports.js';

/**
 * Stores one body per event and one waiting post per endpoint that wants it, in the caller's transaction. What can go out at once is
 * stored under the lease and answered, so that it is posted from memory after the commit; a crash in between lets the lease run out.
 */
export class FanOut {
  async execute(store: FanOutStore, events: readonly OutgoingEvent[], now: Date, lease: Lease): Promise<LeasedPost[]> {
    const scopes = new Map(events.map(({ accountId, mode }) => [`${accountId}/${mode}`, { accountId, mode }]));
    if (scopes.size === 0) return [];
    const subscribers = Map.groupBy(await store.subscribers([...scopes.values()], now), ({ accountId, mode }) => `${accountId}/${mode}`);
    const stored: { event: OutgoingEvent; endpoints: { id: string; leased: boolean }[] }[] = [];
    const fresh: LeasedPost[] = [];
    for (const event of events) {
      const matching = (subscribers.get(`${event.accountId}/${event.mode}`) ?? []).filter((subscriber) => wants(subscriber.events, event.type));
      if (matching.length === 0) continue;
      const body = event.body();
      const endpoints = matching.map(({ target, status, throttledUntil }) => {
        const leased = status === 'active' && !target.failing && (throttledUntil === undefined || throttledUntil <= now);
        if (leased) fresh.push({ target, eventId: event.eventId, type: event.type, body, tries: 0, createdAt: now, token: lease.token, leaseUntil: lease.until.getTime() });
        return { id: target.endpointId, leased };
      });
      stored.push({ event: { ...event, body: () => body }, endpoints });
    }
    if (stored.length > 0) await store.add(stored, now, lease);
    return fresh;
  }
}
