import type { Clock, IdSource, Random } from '@nexoramail/kernel';
import { nextTry } from '../domain/schedule.js';
import { signedHeaders } from '../domain/signature.js';
import { ABORTED, headText, judge } from '../domain/verdict.js';
import type { DeliveryStore, LeasedPost, PostOutcome, Poster, Timers } from './ports.js';

/** Length of a lease in real milliseconds: a post ends within 15 s; what waits longer in memory goes back. */
export const LEASE_MS = 60_000;
const LEAST_LEASE_MS = 20_000;
/** Posts under way to one endpoint at most. */
export const LANE_WIDTH = 16;
const LANE_START = 4;
/** Posts in memory for one endpoint, and for all; the rest waits in the table. */
const LANE_QUEUE = 500;
const MAX_QUEUED = 20_000;
/** Results that wait for their commit; with more of them no post is made. */
const MAX_UNFINISHED = 1000;
const LEASE_BATCH = 500;
const POLL_MS = 250;
const STOP_GRACE_MS = 3000;
const FINISH_RETRY_MS = 250;
const FORGET_EVERY_MS = 3_600_000;
/** Days that bodies are kept: past the last try, with a margin for paused endpoints. */
export const PAYLOAD_DAYS = 8;

interface Lane {
  readonly queue: LeasedPost[];
  active: number;
  /** Posts at once. */
  width: number;
  /** More of it may wait in the table. */
  backlog: boolean;
}

/** What lanes need. */
export interface LanesOptions {
  readonly store: DeliveryStore;
  readonly poster: Poster;
  /** Stores a result; several go together in one commit. */
  readonly finish: (outcome: PostOutcome) => Promise<void>;
  readonly clock: Clock;
  readonly wall: Clock;
  readonly random: Random;
  readonly ids: IdSource;
  readonly timers: Timers;
  /** Place of a fault run. */
  readonly fault: (point: string) => void | Promise<void>;
  /** A round or a result that could not be stored; it is repeated. */
  readonly onError: (error: unknown) => void;
  readonly onPost?: (outcome: PostOutcome) => void;
}

/**
 * Posts what waits, each endpoint in a lane of its own: a dead or slow one holds its own posts and no others. Fresh posts come from memory
 * ({@link offer}); everything else by lease. No order is kept within a lane.
 */
export class Lanes {
  private readonly lanes = new Map<string, Lane>();
  private round: Promise<void> | undefined;
  private again = false;
  private cancel: (() => void) | undefined;
  private stopped = true;
  private nextForget = Number.NEGATIVE_INFINITY;
  private readonly under = new Set<Promise<void>>();
  private unfinished = 0;
  private queued = 0;

  constructor(private readonly o: LanesOptions) {}

  /** Begins to look for what is due. */
  start(): void {
    this.stopped = false;
    this.wake();
  }

  /** Takes nothing new, gives back what has not begun, waits 3 s for the posts under way and then cuts them off: they count as not made. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.cancel?.();
    await this.round;
    await this.giveBack([...this.lanes.values()].flatMap((lane) => this.empty(lane)));
    const cancel = this.o.timers.after(STOP_GRACE_MS, () => this.o.poster.abort());
    while (this.under.size > 0) await Promise.all(this.under);
    cancel();
  }

  /** A new lease token with its end. */
  newLease(): { token: string; until: Date } {
    return { token: this.o.ids.uuid(), until: new Date(this.o.wall.now().getTime() + LEASE_MS) };
  }

  /** Posts that were stored under a lease of this process a moment ago. */
  offer(posts: readonly LeasedPost[]): void {
    const tooMany: LeasedPost[] = [];
    for (const post of posts) {
      const lane = this.laneOf(post);
      if (!this.stopped && lane.queue.length < LANE_QUEUE && this.queued < MAX_QUEUED) {
        lane.queue.push(post);
        this.queued += 1;
      } else {
        tooMany.push(post);
        lane.backlog = true;
      }
    }
    for (const id of new Set(posts.map(({ target }) => target.endpointId))) this.pump(id);
    if (tooMany.length > 0) this.track(this.giveBack(tooMany));
  }

  /** Looks for due posts now. */
  wake(): void {
    if (this.stopped) return;
    this.again = true;
    this.round ??= this.rounds().finally(() => (this.round = undefined));
  }

  /** True when nothing that is due is untried or under way. */
  async idle(): Promise<boolean> {
    if (this.round !== undefined || this.under.size > 0 || this.lanes.size > 0) return false;
    return !(await this.o.store.anyDue(this.o.clock.now()));
  }

  private async rounds(): Promise<void> {
    let failures = 0;
    while (this.again && !this.stopped) {
      this.again = false;
      try {
        await this.leaseRound();
        failures = 0;
      } catch (error) {
        failures += 1;
        this.o.onError(error);
      }
    }
    this.cancel?.();
    if (!this.stopped) this.cancel = this.o.timers.after(Math.min(POLL_MS * 2 ** failures, 5000), () => this.wake());
  }

  private async leaseRound(): Promise<void> {
    const [now, wall] = [this.o.clock.now(), this.o.wall.now()];
    // A lane that works off a backlog holds as many again in memory as it posts at once; a failing one holds none.
    const busy = new Map([...this.lanes].map(([id, { width, active, queue }]) => [id, Math.max(0, (width > 1 ? 2 * width : 1) - active - queue.length)]));
    const posts = await this.o.store.lease({ now, wall, lease: this.newLease(), busy, perEndpoint: LANE_START, limit: LEASE_BATCH });
    const found = new Set(posts.map(({ target }) => target.endpointId));
    for (const [id, lane] of this.lanes) lane.backlog = found.has(id);
    for (const post of posts) this.laneOf(post).backlog = true;
    this.offer(posts);
    if (posts.length === LEASE_BATCH) this.again = true;
    if (now.getTime() < this.nextForget) return;
    await this.o.store.forget(new Date(now.getTime() - PAYLOAD_DAYS * 86_400_000));
    this.nextForget = now.getTime() + FORGET_EVERY_MS;
  }

  private laneOf({ target }: LeasedPost): Lane {
    const known = this.lanes.get(target.endpointId);
    if (known) return known;
    const lane: Lane = { queue: [], active: 0, width: target.failing ? 1 : LANE_START, backlog: target.failing };
    this.lanes.set(target.endpointId, lane);
    return lane;
  }

  private pump(id: string): void {
    const lane = this.lanes.get(id);
    if (lane === undefined) return;
    while (lane.active < lane.width && lane.queue.length > 0 && this.unfinished < MAX_UNFINISHED) {
      const post = lane.queue.shift();
      this.queued -= 1;
      if (post === undefined || post.leaseUntil - this.o.wall.now().getTime() < LEAST_LEASE_MS) continue; // its lease ends: it is leased anew
      lane.active += 1;
      this.track(this.run(post, lane).finally(() => {
        lane.active -= 1;
        if (lane.backlog && lane.queue.length === 0) this.wake();
        this.pump(id);
      }));
    }
    if (lane.active === 0 && lane.queue.length === 0) this.lanes.delete(id);
  }

  private async run(post: LeasedPost, lane: Lane): Promise<void> {
    try {
      await this.o.fault('webhooks.before-post');
      const outcome = await this.attempt(post);
      if (outcome === undefined) return await this.giveBack([post]);
      const held = narrow(lane, outcome) ? this.empty(lane) : [];
      await this.o.fault('webhooks.before-finish');
      const stored = this.store(outcome).finally(() => this.giveBack(held));
      // After a failure the table must tell first that the endpoint is to wait; a success makes room for the next post at once.
      if (outcome.kind === 'failed') await stored;
      else this.track(stored.catch((error: unknown) => this.o.onError(error)));
    } catch (error) {
      this.o.onError(error); // the lease runs out and the post is made again, with the same id
    }
  }

  private async store(outcome: PostOutcome): Promise<void> {
    this.unfinished += 1;
    try {
      await this.finish(outcome);
      this.o.onPost?.(outcome);
    } finally {
      if (this.unfinished-- === MAX_UNFINISHED) for (const id of this.lanes.keys()) this.pump(id);
    }
  }

  private empty(lane: Lane): LeasedPost[] {
    this.queued -= lane.queue.length;
    return lane.queue.splice(0);
  }

  /** Repeats until the result is stored, or the lease is nearly over and another may post it again. */
  private async finish(outcome: PostOutcome): Promise<void> {
    for (let wait = FINISH_RETRY_MS; ; wait *= 2) {
      try {
        return await this.o.finish(outcome);
      } catch (error) {
        if (this.stopped || this.o.wall.now().getTime() + wait > outcome.post.leaseUntil) throw error;
        this.o.onError(error);
        await new Promise<void>((resolve) => this.o.timers.after(wait, resolve));
      }
    }
  }

  /** Undefined: cut off because we stop. */
  private async attempt(post: LeasedPost): Promise<PostOutcome | undefined> {
    const { target, eventId, type, body, tries } = post;
    const [at, wallMs] = [this.o.clock.now(), this.o.wall.now().getTime()];
    const result = await this.o.poster.post(target.url, { 'content-type': 'application/json', ...signedHeaders(eventId, Math.floor(wallMs / 1000), body, target.keys) }, body);
    if (result.error === ABORTED) return undefined;
    const verdict = judge(result, this.o.wall.now().getTime());
    const now = this.o.clock.now();
    const pauseS = verdict.kind === 'throttled' ? verdict.pauseS : 0;
    const next = verdict.kind === 'succeeded' ? undefined : nextTry(tries + 1, now, this.o.random.fraction(), pauseS);
    return {
      post, kind: verdict.kind === 'succeeded' ? 'succeeded' : 'failed', gone: verdict.kind === 'gone',
      throttledUntil: pauseS > 0 ? new Date(now.getTime() + pauseS * 1000) : undefined,
      attempt: {
        id: this.o.ids.uuid(), eventId, eventType: type, n: tries + 1, at, status: result.status, durationMs: Math.round(result.durationMs), error: result.error,
        responseHead: headText(result.head), nextAttemptAt: next,
      },
    };
  }

  private async giveBack(posts: readonly LeasedPost[]): Promise<void> {
    if (posts.length > 0) await this.o.store.release(posts).catch((error: unknown) => this.o.onError(error));
  }

  private track(work: Promise<void>): void {
    this.under.add(work);
    void work.finally(() => this.under.delete(work));
  }
}

/**
 * A success widens a lane by one, an answer that is none halves it; no answer, or one that stops us, leaves one post at a time. True when what
 * is in memory is to be given back, once the table tells that the endpoint is to wait.
 */
function narrow(lane: Lane, { kind, gone, throttledUntil, attempt }: PostOutcome): boolean {
  lane.width = kind === 'succeeded' ? Math.min(lane.width + 1, LANE_WIDTH) : Math.max(1, lane.width >> 1);
  if (kind === 'succeeded' || (attempt.status > 0 && !gone && throttledUntil === undefined)) return false;
  lane.width = 1;
  lane.backlog = true;
  return true;
}
