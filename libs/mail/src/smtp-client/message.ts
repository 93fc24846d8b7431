import { isAscii } from 'node:buffer';
import type { SmtpReply } from '../smtp/reply.js';
import type { Capabilities } from './capabilities.js';
import type { LinkFault } from './outcome.js';

/** One message for one recipient. */
export interface OutgoingMessage {
  /** Return path; empty for a null sender. */
  readonly from: string;
  readonly to: string;
  /** The whole message, lines ended by CRLF, dots not stuffed. */
  readonly content: Uint8Array;
  /** Octets over 127 in the content; found out by itself when left out. */
  readonly eightBit?: boolean;
  /** Needs SMTPUTF8: UTF-8 in header fields. An address outside ASCII needs it by itself. */
  readonly smtpUtf8?: boolean;
  /** Verified TLS or not at all (`require_tls`, S64). */
  readonly requireTls?: boolean;
  /**
   * Asked just before the final dot is written: false gives the attempt up, the connection is dropped and the peer has
   * no message. The place to look at the lease once more.
   */
  readonly beforeFinalDot?: () => boolean | Promise<boolean>;
}

/** Refused by ourselves, since the peer cannot take it. */
export interface LocalRefusal {
  readonly reply: SmtpReply;
  readonly fault: LinkFault;
}

/** The text of MAIL and RCPT for a message, or why the peer cannot take it: S19, S20 and RFC 1870 §6. */
export function envelopeFor(message: OutgoingMessage, offers: Capabilities): { readonly mail: string; readonly rcpt: string } | LocalRefusal {
  const { from, to, content } = message;
  const refuse = (code: number, enhanced: string, text: string): LocalRefusal => ({ reply: { code, enhanced, text }, fault: 'capability_missing' });
  if (!isPath(from) || !isPath(to) || to === '') return { reply: { code: 553, enhanced: '5.1.3', text: 'the address cannot stand in an SMTP command' }, fault: 'protocol_error' };
  const utf8 = message.smtpUtf8 === true || !isAscii(Buffer.from(from + to));
  const eightBit = message.eightBit ?? !isAscii(content);
  if (utf8 && !offers.smtpUtf8) return refuse(550, '5.6.7', 'the next host does not offer SMTPUTF8');
  if (eightBit && !offers.eightBitMime) return refuse(554, '5.6.3', 'the next host does not offer 8BITMIME');
  if (offers.size !== undefined && content.length > offers.size) return refuse(552, '5.3.4', `the next host takes at most ${offers.size} octets`);
  const parameters = [offers.size === undefined ? '' : ` SIZE=${content.length}`, eightBit ? ' BODY=8BITMIME' : '', utf8 ? ' SMTPUTF8' : ''];
  return { mail: `MAIL FROM:<${from}>${parameters.join('')}`, rcpt: `RCPT TO:<${to}>` };
}

/** Nothing that could end the path or the line: the last guard against injected commands (`sec-A9`). */
function isPath(address: string): boolean {
  const bare = address.replace(/^"(?:[^"\\\r\n]|\\[\x20-\x7e])*"@/, '@');
  // eslint-disable-next-line no-control-regex
  return address.length <= 512 && !/[\u0000-\u0020\u007f-\u009f\u2028\u2029<>]/.test(bare) && !/[\r\n\0]/.test(address);
}
