import type { Mode, RecipientStatus } from '@nexoramail/kernel';
import type { AttemptFacts, Classified, Outcome, Reply } from '../../domain/outcome.js';

/** What every event of a recipient repeats. */
export interface MessageFacts {
  readonly messageId: string;
  readonly n: number;
  readonly address: string;
  readonly accountId: string;
  readonly mode: Mode;
  readonly messageIdHeader: string;
  readonly category: string;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** A queue row under our lease, with what delivery needs of its message. */
export interface LeasedRecipient extends MessageFacts {
  readonly token: string;
  /** Monotonic time at which the lease ends; moved on by renewals. */
  leaseEndsAt: number;
  readonly releaseDay: string;
  /** Lane in the queue: the recipient's domain. */
  readonly site: string;
  readonly state: number;
  readonly runAt: Date;
  readonly expiresAt: Date;
  readonly tries: number;
  readonly unknowns: number;
  readonly sent: boolean;
  readonly reason: string;
  readonly lastReply: Reply | undefined;
  /** Real time of the last Screen. */
  readonly screenedAt: Date;
  readonly ordered: boolean;
  readonly accountRef: number;
  readonly source: 'rest' | 'smtp';
  readonly fromAddress: string;
  readonly fromHeader: string;
  readonly envelopeFrom: string;
  readonly createdAt: Date;
  readonly domainId: string;
  readonly domain: string;
  readonly returnPathDomain: string;
  readonly selectors: readonly string[];
  readonly domainVersion: number;
  readonly sensitive: boolean;
  readonly requireTls: boolean;
  readonly smtputf8: boolean;
  readonly client: string;
  readonly contentKind: 'composed' | 'raw';
  readonly contentBytes: number;
  readonly recipients: number;
  /** Wrapped data key; undefined when the content is gone. */
  readonly wrapped: Uint8Array | undefined;
  readonly epochId: string;
}

/** One public step of a recipient. */
export interface RecipientStep {
  readonly type: string;
  readonly at: Date;
  readonly attempt?: number;
  readonly reply?: Reply | undefined;
  readonly classification?: Classified | undefined;
  readonly reason?: string;
  readonly nextAttemptAt?: Date | undefined;
  readonly status: RecipientStatus;
}

/** The attempt that an event carries. */
export interface AttemptRecord {
  readonly id: string;
  readonly n: number;
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly outcome: 'accepted' | 'deferred' | 'rejected' | 'unknown';
  readonly reply: Reply | undefined;
  readonly facts: AttemptFacts;
}

/** What is to become of a leased row. `steps` empty: no event. */
export interface Finish {
  readonly row: LeasedRecipient;
  readonly kind: 'final' | 'later' | 'back';
  readonly status: RecipientStatus;
  readonly reason: string;
  readonly tries: number;
  readonly unknowns: number;
  readonly sent: boolean;
  /** State of the queue row that stays. */
  readonly state: number;
  readonly runAt: Date;
  readonly reply: Reply | undefined;
  readonly steps: readonly RecipientStep[];
  readonly attempt: AttemptRecord | undefined;
  /** UUID of the event's record; steps count from 0 in it. */
  readonly eventId: string;
}

/** Which due rows to lease. */
export interface LeaseRequest {
  readonly limit: number;
  /** Free slots by lane; lanes that are not named have `defaultFree`. */
  readonly free: ReadonlyMap<string, number>;
  readonly defaultFree: number;
  /** See `ClockJump`. */
  readonly since: Date;
}

/** Why rows are taken for another end than an attempt. */
export type OtherEnd = 'expire' | 'release' | 'cancel';

/** The queue in Postgres. Everything is by token: a row whose lease we lost is left alone. */
export interface QueueStore {
  lease(request: LeaseRequest): Promise<LeasedRecipient[]>;
  leaseOther(kind: OtherEnd, limit: number, since: Date, accountIds: readonly string[]): Promise<LeasedRecipient[]>;
  /** Prolongs leases; answers the rows that are still ours. */
  renew(rows: readonly LeasedRecipient[]): Promise<void>;
  /** True when the row was still ours and the change is on disk. Joined with other callers' into one statement. */
  finish(finish: Finish): Promise<boolean>;
  /** Moves due rows of held accounts out of the due index, and back; rows moved. */
  pause(accountIds: readonly string[], limit: number): Promise<number>;
  resume(accountIds: readonly string[], limit: number): Promise<number>;
  /** Makes rows due whose next try has come; rows moved. */
  ripen(limit: number): Promise<number>;
  /** Accounts that have rows in state paused. */
  pausedAccounts(): Promise<string[]>;
  /** Nothing due is left untried. */
  idle(since: Date): Promise<boolean>;
}

/** Gates as delivery needs them. */
export interface StandingReader {
  /** Standing of an account, read at most a second ago. */
  standing(accountId: string): Promise<string>;
  /** All standings that are not `active`, for the job that pauses. */
  exceptions(): Promise<{ readonly accountId: string; readonly standing: string }[]>;
}

/** The envelope of one recipient's copy. */
export interface Envelope {
  readonly returnPath: string;
  readonly recipient: string;
  readonly requireTls: boolean;
  readonly needsSmtpUtf8: boolean;
  readonly eightBit: boolean;
  /** Lane in the queue, for shaping. */
  readonly lane: string;
  /** Tries before this one. */
  readonly tries: number;
}

/** Asked right before the final dot: false gives up, no try is counted. */
export type BeforeFinalDot = () => boolean | Promise<boolean>;

/** Hands one recipient's copy to the next hop. Resolves for every answer the remote side can give; rejects only on a defect of ours. */
export interface Transport {
  deliver(envelope: Envelope, mime: Uint8Array, hooks: { readonly beforeFinalDot: BeforeFinalDot; readonly signal: AbortSignal }): Promise<Outcome>;
}

/** Who signs: the verified domain and its published selectors, the one to sign with first. */
export interface SigningFacts {
  readonly domainId: string;
  readonly domain: string;
  readonly returnPathDomain: string;
  readonly selectors: readonly string[];
}

/** Copies of sender domains. */
export interface SenderDomains {
  /** The domain as it is now, when our copy is newer than what the message was accepted with. */
  newer(row: LeasedRecipient): Promise<SigningFacts | undefined>;
}

/** A message ready for the wire. */
export interface BuiltMessage {
  readonly mime: Uint8Array;
  readonly needsSmtpUtf8: boolean;
  readonly eightBit: boolean;
}

/** Opens content, builds the message, signs it. */
export interface MessageBuilder {
  /** Undefined when there is no usable key: then the mail waits, never unsigned. Throws AppErrors and defects. */
  build(row: LeasedRecipient, signing: SigningFacts): Promise<BuiltMessage | undefined>;
}

/** Makes return paths that tell, when they come back, whose message it was. */
export interface ReturnPaths {
  mint(row: LeasedRecipient, domain: string): string;
}

/** Asks compliance to suppress before a hard bounce is committed. Never rejects, waits at most 2 s. */
export interface Suppressor {
  suppress(row: LeasedRecipient, sourceEventId: string): Promise<void>;
}

/** Figures and alarms of delivery. Never addresses. */
export interface DeliveryJournal {
  attempted(row: LeasedRecipient, outcome: string, finish: Finish): void;
  defect(row: LeasedRecipient, error: unknown): void;
  /** A finish came too late: the row belongs to another lease. */
  tokenLost(row: LeasedRecipient): void;
  /** A round of the loop failed; it goes on. */
  roundFailed(what: string, error: unknown): void;
}

/** What stops and starts delivery. */
export interface DeliverySwitch {
  stopped(): Promise<boolean>;
}
