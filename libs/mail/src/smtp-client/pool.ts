import { SmtpConnection } from './connection.js';
import { Job } from './job.js';
import { Lane } from './lane.js';
import { LinkError } from './link-error.js';
import type { OutgoingMessage } from './message.js';
import { openLink, type ClientParts, type OpenFailure, type Peer } from './open.js';
import type { Outcome } from './outcome.js';
import type { Route } from './route.js';

/** Settings of the pool. */
export interface PoolOptions extends ClientParts {
  /** Most connections for a key and source; read whenever one is wanted, so it may change. */
  readonly limitFor: (key: string) => number;
  /** Most connections in all, default 200. */
  readonly maxConnections?: number;
  /** Messages after which a connection is closed, default 100. */
  readonly maxMessagesPerConnection?: number;
  /** A connection without a message is closed after this, default 15 s. */
  readonly idleMs?: number;
}

const MAX_TRIED_ADDRESSES = 6;
const DEAD_HOST_MS = 60_000;
const NO_HOST = new LinkError('unreachable', 'the route has no host');
const GIVEN_UP = new LinkError('aborted', 'given up');

/**
 * Kept SMTP connections by site and source. A message goes over an idle one, else over a new one while the limit allows
 * it, else it waits its turn: first come, first served within a site, and sites never wait for one another but at the
 * total limit.
 */
export class SmtpPool {
  private readonly lanes = new Map<string, Lane>();
  private readonly deadUntil = new Map<string, number>();
  private total = 0;
  private closed = false;

  constructor(private readonly options: PoolOptions) {}

  /** Open or opening connections in all, and idle ones among them. */
  get size(): { readonly open: number; readonly idle: number; readonly waiting: number } {
    const lanes = [...this.lanes.values()];
    const sum = (of: (lane: Lane) => number): number => lanes.reduce((n, lane) => n + of(lane), 0);
    return { open: this.total, idle: sum((lane) => lane.idle.length), waiting: sum((lane) => lane.waiting.length) };
  }

  /**
   * Sends one message. Resolves with every answer the other side can give. Rejects with `UnsafeMessageError` for a
   * content with a bare CR, a bare LF or a NUL (`sec-A4`); nothing is sent then. `signal` gives up at any time before
   * the final dot.
   */
  async send(route: Route, message: OutgoingMessage, signal?: AbortSignal): Promise<Outcome> {
    const job = new Job(message, this.options.clock, this.options.monotonic, signal);
    if (this.closed || signal?.aborted === true) job.broken('local', GIVEN_UP);
    else {
      const lane = this.laneFor(route, message.requireTls === true);
      lane.route = route; // the newest look-up counts
      lane.waiting.push(job);
      const abort = (): void => {
        if (lane.forget(job)) job.broken('local', GIVEN_UP);
      };
      signal?.addEventListener('abort', abort, { once: true });
      void job.outcome.then(() => signal?.removeEventListener('abort', abort));
      this.pump(lane);
    }
    return job.outcome;
  }

  /** Takes no more messages, gives up those that wait, lets those on their way end for `graceMs`, then cuts. */
  async close(graceMs = 10_000): Promise<void> {
    this.closed = true;
    const busy: Promise<void>[] = [];
    const cut: (() => void)[] = [];
    for (const lane of this.lanes.values()) {
      for (const job of lane.waiting.splice(0)) job.broken('local', GIVEN_UP);
      busy.push(...lane.idle.splice(0).map((connection) => connection.quit()));
      for (const [work, stop] of lane.working) {
        busy.push(work);
        cut.push(stop);
      }
    }
    const cancel = this.options.scheduler.after(graceMs, () => { for (const stop of cut) stop(); });
    await Promise.all(busy);
    cancel();
  }

  private laneFor(route: Route, requireTls: boolean): Lane {
    const id = JSON.stringify([route.key, route.localAddress, route.port, route.credentials?.username, requireTls]);
    const lane = this.lanes.get(id) ?? new Lane(id, route, requireTls);
    this.lanes.set(id, lane);
    return lane;
  }

  /** Gives waiting jobs to idle connections, and opens new ones within the limits. */
  private pump(lane: Lane): void {
    for (let job = lane.waiting[0]; job !== undefined && !this.closed; job = lane.waiting[0]) {
      const kept = job.fresh ? undefined : lane.takeIdle();
      if (kept !== undefined) {
        lane.waiting.shift();
        this.work(lane, kept, job);
        continue;
      }
      if (lane.size >= Math.max(1, this.options.limitFor(lane.route.key))) {
        if (job.fresh) this.evict(lane);
        return;
      }
      if (this.total >= (this.options.maxConnections ?? 200)) {
        [...this.lanes.values()].some((one) => this.evict(one));
        return;
      }
      lane.waiting.shift();
      this.openFor(lane, job);
    }
  }

  private openFor(lane: Lane, job: Job): void {
    this.total += 1;
    lane.size += 1;
    const stop = new AbortController();
    const work = this.open(lane, job, AbortSignal.any([stop.signal, ...(job.signal === undefined ? [] : [job.signal])])).then((connection) => {
      lane.working.delete(work);
      if (connection === undefined) this.gone(lane);
      else this.work(lane, connection, job);
    });
    lane.working.set(work, () => stop.abort());
  }

  /** Tries the route's addresses in order; those that failed a minute ago come last. */
  private async open(lane: Lane, job: Job, signal: AbortSignal): Promise<SmtpConnection | undefined> {
    const { hosts, port, localAddress, implicitTls, credentials } = lane.route;
    job.begin();
    const now = this.options.monotonic.now();
    const dead = ({ ip }: { ip: string }): boolean => (this.deadUntil.get(ip) ?? 0) > now;
    const ordered = [...hosts.filter((host) => !dead(host)), ...hosts.filter(dead)].slice(0, MAX_TRIED_ADDRESSES);
    const failures: OpenFailure[] = [];
    for (const { host, ip } of ordered) {
      const peer: Peer = {
        host, ip, port, tls: lane.requireTls ? 'required' : 'opportunistic',
        ...(localAddress !== undefined && { localAddress }), ...(implicitTls !== undefined && { implicitTls }), ...(credentials !== undefined && { credentials }),
      };
      job.transcript.client(`(connecting to ${host}, ${ip}:${port})`);
      let connection: SmtpConnection | undefined;
      const opened = await openLink(this.options, peer, job.transcript, signal, () => connection !== undefined && this.ended(lane, connection));
      if (!('stage' in opened)) {
        this.deadUntil.delete(ip);
        connection = new SmtpConnection(this.options, opened, (of) => this.nextFor(lane, of), (back) => this.takeBack(lane, back), () => this.closed);
        return connection;
      }
      failures.push(opened);
      if (signal.aborted) break;
      if (opened.stage === 'connect') this.markDead(ip);
    }
    const last = failures.at(-1);
    if (last === undefined) job.broken('local', NO_HOST);
    else job.unopened(last, failures.every(({ reply }) => reply !== null && reply.code >= 500));
    return undefined;
  }

  private work(lane: Lane, connection: SmtpConnection, job: Job): void {
    const work = connection.run(job).then(async () => {
      if (connection.closing || this.worn(lane, connection)) {
        lane.leaving += 1;
        await connection.quit(); // its place is free only then: the peer must never see more than the limit
        lane.leaving -= 1;
        lane.working.delete(work);
        return this.gone(lane);
      }
      lane.working.delete(work);
      lane.rest(connection, this.options.scheduler.after(this.options.idleMs ?? 15_000, () => {
        if (lane.drop(connection)) void this.retire(lane, connection);
      }));
      this.pumpAll(lane);
    });
    lane.working.set(work, () => connection.destroy('the pool closes', 'aborted'));
  }

  /** The job that goes along with the text of the one before. */
  private nextFor(lane: Lane, connection: SmtpConnection): Job | undefined {
    if (this.worn(lane, connection) || lane.waiting[0]?.fresh === true) return undefined;
    return lane.waiting.shift();
  }

  /** It has carried its messages, the pool closes, or the site's limit went below what is open. */
  private worn(lane: Lane, connection: SmtpConnection): boolean {
    const { maxMessagesPerConnection = 100, limitFor } = this.options;
    return this.closed || connection.carried >= maxMessagesPerConnection || lane.size - lane.leaving > Math.max(1, limitFor(lane.route.key));
  }

  private takeBack(lane: Lane, job: Job): void {
    job.fresh = true;
    if (this.closed || job.signal?.aborted === true) job.broken('local', GIVEN_UP);
    else lane.waiting.unshift(job);
  }

  /** A connection ended by itself: only an idle one is still to be counted out. */
  private ended(lane: Lane, connection: SmtpConnection): void {
    if (lane.drop(connection)) this.gone(lane);
  }

  private gone(lane: Lane): void {
    this.total -= 1;
    lane.size -= 1;
    this.pumpAll(lane);
    if (lane.unused) this.lanes.delete(lane.id);
  }

  /** The lane at hand first, then those that wait for room in the whole pool, the one served longest ago first. */
  private pumpAll(first: Lane): void {
    this.pump(first);
    if (first.waiting.length === 0 || this.total < (this.options.maxConnections ?? 200)) {
      for (const [id, lane] of [...this.lanes].filter(([, one]) => one.waiting.length > 0 && one !== first)) {
        this.lanes.delete(id);
        this.lanes.set(id, lane);
        this.pump(lane);
      }
    }
  }

  /** Says goodbye; the place is free when that is done. */
  private async retire(lane: Lane, connection: SmtpConnection): Promise<void> {
    lane.leaving += 1;
    const bye = connection.quit();
    lane.working.set(bye, () => connection.destroy('the pool closes', 'aborted'));
    await bye;
    lane.leaving -= 1;
    lane.working.delete(bye);
    this.gone(lane);
  }

  /** Retires the lane's oldest idle connection; who waits for its place is served when it is gone. */
  private evict(lane: Lane): boolean {
    const oldest = lane.idle[0];
    if (oldest === undefined || !lane.drop(oldest)) return false;
    void this.retire(lane, oldest);
    return true;
  }

  private markDead(ip: string): void {
    if (this.deadUntil.size >= 10_000) this.deadUntil.clear();
    this.deadUntil.set(ip, this.options.monotonic.now() + DEAD_HOST_MS);
  }
}
