import type { PassThrough } from 'node:stream';
import type { Monotonic } from '@nexoramail/kernel';
import type { Timers } from '@nexoramail/platform';
import type { SMTPServer, SMTPServerSession } from 'smtp-server';
import type { SessionLimits } from './limits.js';
import type { SourceConnections } from './source-connections.js';

/** The reply to a message. */
export interface Verdict {
  readonly code: number;
  readonly enhanced: string;
  readonly lines: readonly string[];
}

/** A reply of 4xx or 5xx, for log and metrics. */
export interface Refusal {
  readonly code: number;
  readonly enhanced: string;
  /** The verb in capitals, `DATA` for a message, empty before the first command. */
  readonly command: string;
}

/** What a session came to. */
export interface SessionEnd {
  readonly messages: number;
  readonly refusals: number;
  readonly octets: number;
  readonly seconds: number;
}

/** What a connection needs of its server. */
export interface GuardedHost extends SMTPServer {
  readonly limits: SessionLimits;
  readonly sources: SourceConnections;
  readonly timers: Timers;
  readonly monotonic: Monotonic;
  readonly maxOctets: number;
  /** Takes one message to its end; never rejects. */
  receive(message: PassThrough, session: SMTPServerSession): Promise<Verdict>;
  /** Notes a reply of 4xx or 5xx. */
  refused(refusal: Refusal, session: SMTPServerSession): void;
  /** Notes the end of a session, once. */
  ended(end: SessionEnd, session: SMTPServerSession): void;
}
