import type { SmtpReply } from '../smtp/reply.js';

/** Where a dialogue was when its outcome was decided. `end` is after the final dot, `local` before any connection. */
export type Stage = 'local' | 'connect' | 'greeting' | 'ehlo' | 'starttls' | 'auth' | 'mail' | 'rcpt' | 'data' | 'end';

/** Why there is no reply, or why a reply is our own. Stable. */
export type LinkFault =
  | 'connection_refused' | 'connection_lost' | 'unreachable' | 'timeout' | 'protocol_error' | 'tls_failed' | 'tls_required' | 'starttls_injection'
  | 'auth_unavailable' | 'capability_missing' | 'aborted';

/** TLS as it was used; null for a plain connection. */
export interface TlsFacts {
  /** `TLSv1.3` or `TLSv1.2`. */
  readonly version: string;
  readonly cipher: string;
  /** The certificate is valid for the MX host and its issuer is trusted. */
  readonly verified: boolean;
}

/** One line of the dialogue: `c` what we said, `s` what the peer said. Never message text, never a secret. */
export interface TranscriptLine {
  /** Milliseconds since the attempt began. */
  readonly at_ms: number;
  readonly dir: 'c' | 's';
  readonly line: string;
}

/**
 * What became of one attempt to hand one message to one recipient's host. `accepted`: 2xx after the final dot.
 * `rejected`: 5xx, never retried. `deferred`: 4xx, or the link failed before the final dot left. `unknown`: it failed
 * after that, so the peer may have the message.
 */
export interface Outcome {
  readonly kind: 'accepted' | 'deferred' | 'rejected' | 'unknown';
  readonly stage: Stage;
  /** The reply that decided, null when the link failed without one. */
  readonly reply: SmtpReply | null;
  /** Set when the link failed, or when we decided without asking the peer (then `reply` is our own words). */
  readonly fault: LinkFault | null;
  /** What the system said about the fault; safe to store. */
  readonly detail: string | null;
  /** Given up on our own wish (signal or `beforeFinalDot`): no try is to be counted. */
  readonly aborted: boolean;
  readonly mx: string | null;
  readonly ip: string | null;
  readonly tls: TlsFacts | null;
  /** Why TLS was not used, or not verified, where the peer offered it. */
  readonly tlsFault: string | null;
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly transcript: readonly TranscriptLine[];
}

/** The kind that a reply means at any stage before the end: 5xx rejects, all else defers. */
export const kindOfRefusal = (reply: SmtpReply): 'deferred' | 'rejected' => (reply.code >= 500 ? 'rejected' : 'deferred');
