/** Limits of a session (`security.md` S3, S6, S17, A10, A12–A14). Octets with CRLF; times in milliseconds on the monotonic clock. */
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
  /** 454 replies before 421: who has to wait shall not wait here. */
  holds: 3,
  /** Octets of a session before and after AUTH: then another one has to be opened. */
  anonymousOctets: 1_000_000,
  sessionOctets: 4_294_967_296,
  /** A session's last reply stays readable this long. */
  drainMs: 2_000,
  handshakeMs: 10_000,
  /** Between two commands (RFC 5321 §4.5.3.2.7). */
  commandMs: 300_000,
  /** From the greeting to AUTH. */
  anonymousMs: 600_000,
  /** From MAIL to the end of its message, our own time to decide apart. */
  transactionMs: 1_200_000,
  /** For a whole message after DATA. */
  dataMs: 600_000,
  /** In each such window of DATA … */
  paceMs: 30_000,
  /** … so many octets a second must come. */
  paceOctets: 500,
  /** A whole session; a message under way may still end. */
  sessionMs: 3_600_000,
  receivedFields: 100,
  sessionsPerKey: 50,
  authFailures: 10,
  authWaitMs: 1_000,
  authWaitMostMs: 300_000,
  authForgetMs: 900_000,
} as const;

/** A copy that specs may change. */
export type SessionLimits = { -readonly [K in keyof typeof SESSION_LIMITS]: number };
