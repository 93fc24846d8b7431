/** Milliseconds that the client waits (RFC 5321 §4.5.3.2; connect and handshake are ours). */
export interface SmtpTimeouts {
  readonly connectMs: number;
  readonly handshakeMs: number;
  readonly greetingMs: number;
  /** EHLO, STARTTLS, AUTH, RSET. */
  readonly commandMs: number;
  readonly mailMs: number;
  readonly rcptMs: number;
  /** For 354. */
  readonly dataMs: number;
  /** For the peer to take one block of text. */
  readonly blockMs: number;
  readonly finalDotMs: number;
  readonly quitMs: number;
}

/** The RFC's least values. */
export const RFC_TIMEOUTS: SmtpTimeouts = {
  connectMs: 30_000,
  handshakeMs: 30_000,
  greetingMs: 300_000,
  commandMs: 300_000,
  mailMs: 300_000,
  rcptMs: 300_000,
  dataMs: 120_000,
  blockMs: 180_000,
  finalDotMs: 600_000,
  quitMs: 5_000,
};
