import { scopeKey, type FeedHead } from '../domain/feed-event.js';
import type { FeedScope } from '../domain/message-view.js';
import type { FeedReader, Timers } from './ports.js';

const POLL_MS = 200;

interface Watcher {
  readonly scope: FeedScope;
  readonly after: number;
  readonly done: () => void;
}

/**
 * Wakes callers that wait for a log to grow: at once on a commit of this process ({@link notify}), and by one query for all watched logs
 * each 200 ms for commits of other replicas. Nothing runs while nobody waits.
 */
export class FeedWatch {
  private readonly watchers = new Map<string, Set<Watcher>>();
  private polling = false;
  private ended = false;

  constructor(private readonly reader: Pick<FeedReader, 'heads'>, private readonly timers: Timers) {}

  /** Logs that someone waits for. */
  get watched(): number {
    return this.watchers.size;
  }

  /** True after {@link close}: waiting has no use any more. */
  get closed(): boolean {
    return this.ended;
  }

  /** Tells that these logs have grown. */
  notify(heads: readonly FeedHead[]): void {
    for (const head of heads) {
      for (const watcher of this.watchers.get(scopeKey(head)) ?? []) if (watcher.after < head.seq) watcher.done();
    }
  }

  /** Resolves when the log may have grown past `after`, when `ms` are over, when `signal` aborts and when this closes. Never rejects. */
  wait(scope: FeedScope, after: number, ms: number, signal?: AbortSignal): Promise<void> {
    if (this.ended || signal?.aborted === true || ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const key = scopeKey(scope);
      const watcher: Watcher = { scope, after, done: () => {
        cancel();
        signal?.removeEventListener('abort', watcher.done);
        const others = this.watchers.get(key);
        others?.delete(watcher);
        if (others?.size === 0) this.watchers.delete(key);
        resolve();
      } };
      const cancel = this.timers.after(ms, watcher.done);
      signal?.addEventListener('abort', watcher.done, { once: true });
      this.watchers.set(key, (this.watchers.get(key) ?? new Set()).add(watcher));
      this.plan();
    });
  }

  /** Lets all waiting callers go; later ones do not wait. */
  close(): void {
    this.ended = true;
    for (const set of [...this.watchers.values()]) for (const watcher of [...set]) watcher.done();
  }

  private plan(): void {
    if (this.polling || this.ended || this.watchers.size === 0) return;
    this.polling = true;
    this.timers.after(POLL_MS, () => void this.poll());
  }

  private async poll(): Promise<void> {
    const scopes = [...this.watchers.values()].flatMap((set) => [...set].slice(0, 1).map(({ scope }) => scope));
    // A failure shows in the callers' own next read; here the next round asks again.
    this.notify(scopes.length === 0 ? [] : await this.reader.heads(scopes).catch(() => []));
    this.polling = false;
    this.plan();
  }
}
