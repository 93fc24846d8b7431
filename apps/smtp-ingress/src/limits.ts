/** Limits of a session (`security.md` S3, S6, S17, A10, A12, A13). Octets with CRLF; times on the monotonic clock. */
export const SESSION_LIMITS = {
  /** RFC 5321 §4.5.3.1.4. */
  commandOctets: 512,
  /** RFC 4954 §4. */
  authOctets: 12_288 + 2,
  recipients: 50,
  /** 5xx replies before 421. */
  errors: 20,
  /** Commands that lead to no mail before 421. */
  junk: 100,
  /** A session's last reply stays readable this long. */
  drainMs: 2_000,
  handshakeMs: 10_000,
  /** Between two commands (RFC 5321 §4.5.3.2.7). */
  commandMs: 300_000,
  /** For a whole message after DATA. */
  dataMs: 600_000,
  receivedFields: 100,
  sessionsPerKey: 50,
} as const;

/** A mutable copy, so that specs can shorten times. */
export type SessionLimits = { -readonly [K in keyof typeof SESSION_LIMITS]: number };
