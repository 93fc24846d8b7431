import type { Monotonic } from '@nexoramail/kernel';
import { ALONE, shareOf, type Fleet } from '../../domain/site-share.js';
import { SiteLimit, START_CONNECTIONS } from '../../domain/site-limit.js';

/** Messages handed to the pool per connection: the next one's envelope goes along with the text of the one before. */
const PIPELINED = 2;
/** Rows in hand per connection: the next ones wait here, so that a connection never waits for a lease. */
const PREFETCH = 4;
const MAX_SITES = 5_000;

interface Site {
  readonly limit: SiteLimit;
  inHand: number;
  proven: boolean;
  /** Handed to the pool. */
  sending: number;
  readonly waiting: ((admitted: boolean) => void)[];
}

/** Limits by MX site, and how many rows are in hand for each lane of the queue. A lane is a recipient domain; many can share a site. */
export class SiteBoard {
  private readonly sites = new Map<string, Site>();
  private readonly siteOfLane = new Map<string, string>();
  /** The live deliver workers: each takes its share of every site. */
  fleet: Fleet = ALONE;

  constructor(private readonly monotonic: Monotonic) {}

  /** Connections allowed to a site now, at least 1 for what is already in hand: for the pool. */
  connections(key: string): number {
    return Math.max(1, this.limitOf(key, this.site(key), this.monotonic.now()));
  }

  /** Learns where a lane's mail goes. */
  learn(lane: string, key: string): void {
    const before = this.keyOf(lane);
    if (before === key) return;
    const moved = this.sites.get(before);
    this.siteOfLane.set(lane, key);
    // What is in hand counts at the lane's own name until it is handed back.
    if (moved && before === lane && moved.inHand > 0) {
      this.site(key).inHand += moved.inHand;
      moved.inHand = 0;
    }
    if (this.siteOfLane.size > MAX_SITES) for (const oldest of this.siteOfLane.keys()) { this.siteOfLane.delete(oldest); break; }
  }

  take(lane: string): void {
    this.site(this.keyOf(lane)).inHand++;
  }

  giveBack(lane: string): void {
    const key = this.keyOf(lane);
    const site = this.site(key);
    site.inHand = Math.max(0, site.inHand - 1);
    if (site.inHand === 0 && site.sending === 0 && this.sites.size > MAX_SITES) this.sites.delete(key);
  }

  /**
   * Waits for a place at the lane's site. False: the site is paused or failed meanwhile, or `signal` gave up; nothing was tried, and the row
   * goes back. So a site that went down costs a probe, not a time-out for every row in hand. After true comes {@link leave}.
   */
  enter(lane: string, signal: AbortSignal): Promise<boolean> {
    const key = this.keyOf(lane);
    const site = this.site(key);
    if (signal.aborted || site.limit.limit(this.monotonic.now()) === 0) return Promise.resolve(false);
    if (site.sending < this.places(key, site)) {
      site.sending++;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const entry = (admitted: boolean): void => {
        signal.removeEventListener('abort', giveUp);
        resolve(admitted);
      };
      const giveUp = (): void => {
        const at = site.waiting.indexOf(entry);
        if (at >= 0) site.waiting.splice(at, 1);
        entry(false);
      };
      site.waiting.push(entry);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  /** Frees the place of {@link enter}. */
  leave(lane: string): void {
    const key = this.keyOf(lane);
    const site = this.site(key);
    site.sending = Math.max(0, site.sending - 1);
    this.admit(key, site);
  }

  succeeded(lane: string): void {
    const site = this.site(this.keyOf(lane));
    site.proven = true;
    site.limit.succeeded();
  }

  throttled(lane: string): void {
    this.site(this.keyOf(lane)).limit.throttled(this.monotonic.now());
  }

  failed(lane: string): void {
    const site = this.site(this.keyOf(lane));
    site.proven = false;
    site.limit.failed(this.monotonic.now());
    for (const entry of site.waiting.splice(0)) entry(false);
  }

  /** Free rows by lane, for lanes that differ from {@link defaultFree}. */
  free(): Map<string, number> {
    const now = this.monotonic.now();
    const free = new Map<string, number>();
    const note = (lane: string, key: string, site: Site): void => {
      const rows = Math.max(0, this.limitOf(key, site, now) * (site.proven ? PREFETCH : 1) - site.inHand);
      if (rows !== this.defaultFree) free.set(lane, rows);
    };
    for (const [lane, key] of this.siteOfLane) note(lane, key, this.site(key));
    for (const [key, site] of this.sites) if (!this.siteOfLane.has(key)) note(key, key, site);
    return free;
  }

  /** Free rows of a lane that nobody has sent to yet. */
  get defaultFree(): number {
    return START_CONNECTIONS;
  }

  /** Milliseconds until the first paused site may be tried again; undefined when none is paused. */
  nextOpeningMs(): number | undefined {
    const now = this.monotonic.now();
    const waits = [...this.sites.values()].map(({ limit }) => limit.pauseMs(now)).filter((ms) => ms > 0);
    return waits.length > 0 ? Math.min(...waits) : undefined;
  }

  private places(key: string, site: Site): number {
    return Math.max(1, this.limitOf(key, site, this.monotonic.now())) * PIPELINED;
  }

  private admit(key: string, site: Site): void {
    while (site.waiting.length > 0 && site.sending < this.places(key, site)) {
      site.sending++;
      site.waiting.shift()?.(true);
    }
  }

  private limitOf(key: string, { limit }: Site, now: number): number {
    return shareOf(limit.limit(now), key, this.fleet);
  }

  private keyOf(lane: string): string {
    return this.siteOfLane.get(lane) ?? lane;
  }

  private site(key: string): Site {
    let site = this.sites.get(key);
    if (!site) this.sites.set(key, (site = { limit: new SiteLimit(), inHand: 0, proven: false, sending: 0, waiting: [] }));
    return site;
  }
}
