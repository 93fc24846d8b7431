import type { ParsedReply } from '../smtp/reply.js';

/** What a peer's EHLO reply offers (RFC 5321 §4.1.1.1). */
export interface Capabilities {
  readonly pipelining: boolean;
  readonly startTls: boolean;
  readonly eightBitMime: boolean;
  readonly smtpUtf8: boolean;
  /** Largest message in octets; undefined when SIZE is not offered, Infinity when it states no limit (RFC 1870 §3). */
  readonly size: number | undefined;
  readonly auth: ReadonlySet<string>;
}

/** Parses an EHLO reply; a HELO reply offers nothing. */
export function parseCapabilities(reply: ParsedReply): Capabilities {
  const offers = new Map<string, string[]>();
  for (const line of reply.lines.slice(1)) {
    const [keyword = '', ...words] = line.slice(4).trim().toUpperCase().split(/[ =]+/); // `AUTH=LOGIN` is an old spelling
    offers.set(keyword, [...(offers.get(keyword) ?? []), ...words]);
  }
  const size = offers.get('SIZE');
  const limit = /^\d{1,15}$/.test(size?.[0] ?? '') ? Number(size?.[0]) : 0;
  return {
    pipelining: offers.has('PIPELINING'),
    startTls: offers.has('STARTTLS'),
    eightBitMime: offers.has('8BITMIME'),
    smtpUtf8: offers.has('SMTPUTF8'),
    size: size === undefined ? undefined : limit === 0 ? Infinity : limit,
    auth: new Set(offers.get('AUTH')),
  };
}
