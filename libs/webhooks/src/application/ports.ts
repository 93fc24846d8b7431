import type { PageKey } from '@nexoramail/kernel';
import type { Endpoint, EndpointScope, EndpointStatus } from '../domain/endpoint.js';
import type { PostResult } from '../domain/verdict.js';

/** A signing key with its id, which the sealing is bound to. */
export interface SigningKey {
  readonly id: string;
  readonly key: Uint8Array;
}

/** Endpoints and their keys. Every method that changes a state writes the change to the outbox in the same commit. */
export interface EndpointStore {
  find(scope: EndpointScope, id: string): Promise<Endpoint | undefined>;
  /** Newest first, below `before`. */
  list(scope: EndpointScope, before: PageKey | undefined, limit: number): Promise<Endpoint[]>;
  /** Stores endpoint and key unless the account has `limit` endpoints in this mode already (0: no limit): then false. */
  create(endpoint: Endpoint, key: SigningKey, limit: number): Promise<boolean>;
  /** Changes what is given; undefined when there is no such endpoint. */
  update(scope: EndpointScope, id: string, patch: Partial<Pick<Endpoint, 'url' | 'events' | 'description'>>): Promise<Endpoint | undefined>;
  /** Removes it with its keys and waiting posts; false when there is none. */
  remove(scope: EndpointScope, id: string, at: Date): Promise<boolean>;
  /** Makes `key` the current one; the one before ends at `oldUntil`, all older ones now. False when there is no such endpoint. */
  rotate(scope: EndpointScope, id: string, key: SigningKey, now: Date, oldUntil: Date): Promise<boolean>;
  /** Sets the state; undefined when there is no such endpoint. Becoming active forgets failures and pauses. */
  setStatus(scope: EndpointScope, id: string, status: EndpointStatus, reason: string, at: Date): Promise<Endpoint | undefined>;
}

/** One post as it was stored. */
export interface StoredAttempt {
  readonly id: string;
  readonly eventId: string;
  readonly eventType: string;
  /** 1…10. */
  readonly n: number;
  readonly at: Date;
  readonly status: number;
  readonly durationMs: number;
  readonly error: string;
  readonly responseHead: string;
  readonly nextAttemptAt: Date | undefined;
}

/** Reads of attempts. */
export interface AttemptReader {
  /** Newest first, below `before`. */
  list(endpointId: string, before: PageKey | undefined, limit: number): Promise<StoredAttempt[]>;
}

/** The plan's limit of endpoints per mode; 0: none. */
export interface EndpointLimits {
  limitOf(accountId: string): Promise<number>;
}

/** Looks at where a URL leads before it is stored. */
export interface TargetCheck {
  /** The URL in canonical form. Throws `validation_failed` at `/url`. A name that does not resolve now is taken: each connection checks again. */
  check(url: string): Promise<string>;
}

/** Where a post goes and how it is signed. */
export interface Target {
  readonly endpointId: string;
  readonly url: string;
  /** Keys that sign now, the current one first. */
  readonly keys: readonly Uint8Array[];
  /** Has had no success since some failure: it is probed, one post at a time. */
  readonly failing: boolean;
}

/** An event on its way out. */
export interface OutgoingEvent extends EndpointScope {
  /** `evt_…`: the same over retries, and in the feed. */
  readonly eventId: string;
  readonly type: string;
  /** `{type, timestamp, data}` as it is posted. Made when first asked for: most events have no endpoint. */
  readonly body: () => Uint8Array;
}

/** An endpoint as the fan-out sees it. */
export interface Subscriber extends EndpointScope {
  readonly events: readonly string[];
  readonly status: EndpointStatus;
  readonly throttledUntil: Date | undefined;
  readonly target: Target;
}

/** A waiting post that this process has leased. */
export interface LeasedPost {
  readonly target: Target;
  readonly eventId: string;
  readonly type: string;
  readonly body: Uint8Array;
  /** Posts that were made before. */
  readonly tries: number;
  readonly createdAt: Date;
  /** Fences: a result counts only while the row still has it. */
  readonly token: string;
  /** Real time in milliseconds. */
  readonly leaseUntil: number;
}

/** A lease to be given: its token, and its end in real time. */
export interface Lease {
  readonly token: string;
  readonly until: Date;
}

/** The tables of the fan-out, inside one transaction. */
export interface FanOutStore {
  /** Endpoints of these accounts and modes that take events (not disabled ones). */
  subscribers(scopes: readonly EndpointScope[], now: Date): Promise<Subscriber[]>;
  /** Stores bodies and waiting posts, those with `leased` under the lease. */
  add(events: readonly { readonly event: OutgoingEvent; readonly endpoints: readonly { readonly id: string; readonly leased: boolean }[] }[], now: Date, lease: Lease): Promise<void>;
}

/** What became of a post, to be stored. */
export interface PostOutcome {
  readonly post: LeasedPost;
  readonly attempt: StoredAttempt;
  /** Undefined with `succeeded`; otherwise the next try, or null after the last one. */
  readonly kind: 'succeeded' | 'failed';
  /** The endpoint asked for a pause until then (business time). */
  readonly throttledUntil: Date | undefined;
  /** It answered 410. */
  readonly gone: boolean;
}

/** Waiting posts. */
export interface DeliveryStore {
  /**
   * Leases due posts of active endpoints, each endpoint for itself: at most `free` for those named in `busy`, at most `perEndpoint` (one if
   * it is failing) for the others.
   */
  lease(o: { readonly now: Date; readonly wall: Date; readonly lease: Lease; readonly busy: ReadonlyMap<string, number>; readonly perEndpoint: number; readonly limit: number }): Promise<LeasedPost[]>;
  /** Stores results in one commit: attempts, removed and rescheduled rows, states of endpoints. Rows with another token stay as they are. */
  finish(outcomes: readonly PostOutcome[], now: Date): Promise<void>;
  /** Gives leases back untried. */
  release(posts: readonly LeasedPost[]): Promise<void>;
  /** True when something is due that no process has tried. */
  anyDue(now: Date): Promise<boolean>;
  /** Drops waiting posts whose body is gone. */
  forget(before: Date): Promise<void>;
}

/** Sends one post. */
export interface Poster {
  /** Never rejects: every failure is a result. Ends within 15 s of real time. */
  post(url: string, headers: Readonly<Record<string, string>>, body: Uint8Array): Promise<PostResult>;
  /** Cuts off all posts under way; their error is `aborted`. */
  abort(): void;
}

/** Real-time delays; not the business clock. */
export interface Timers {
  after(ms: number, run: () => void): () => void;
}

