import type { StoredMessage } from './store.js';
import { headerBlock } from './subject.js';

/** A report as the sandbox's providers send it: null sender, to the return path of the message. */
export interface Report {
  readonly to: string;
  readonly raw: Buffer;
}

/** What the reports need to be told. */
export interface ReportFacts {
  readonly message: StoredMessage;
  /** The mailbox that reports. */
  readonly recipient: string;
  /** Business time. */
  readonly at: Date;
  /** Unique text for the boundary and the Message-ID. */
  readonly token: string;
}

const bytesOf = (text: string | Buffer): Buffer => (typeof text === 'string' ? Buffer.from(text, 'utf8') : text);
const notAscii = (text: string | Buffer): boolean => bytesOf(text).some((byte) => byte > 127);

/** RFC 5322 date-time in UTC. */
const dateOf = (at: Date): string => at.toUTCString().replace('GMT', '+0000');

function multipart(o: { from: string; to: string; subject: string; type: string; at: Date; token: string; host: string; extra?: readonly string[] }, parts: readonly { head: readonly string[]; body: string | Buffer }[]): Buffer {
  const boundary = `sandbox-${o.token}`;
  const head = [
    `From: ${o.from}`,
    `To: <${o.to}>`,
    `Subject: ${o.subject}`,
    `Date: ${dateOf(o.at)}`,
    `Message-ID: <${o.token}@${o.host}>`,
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    ...(o.extra ?? []),
    `Content-Type: multipart/report; report-type=${o.type};\r\n boundary="${boundary}"`,
    '',
    'This is a report in MIME format.',
  ].join('\r\n');
  const pieces: Buffer[] = [Buffer.from(head)];
  for (const part of parts) {
    const eightBit = notAscii(part.body) ? ['Content-Transfer-Encoding: 8bit'] : [];
    pieces.push(Buffer.from(`\r\n--${boundary}\r\n${[...part.head, ...eightBit].join('\r\n')}\r\n\r\n`), bytesOf(part.body));
  }
  pieces.push(Buffer.from(`\r\n--${boundary}--\r\n`));
  return Buffer.concat(pieces);
}

/**
 * A delivery status notification that the mailbox turned out not to exist (RFC 3461 §6, RFC 3464, `sec-S36`); undefined
 * for a message with a null sender, which is never answered.
 */
export function buildDsn({ message, recipient, at, token }: ReportFacts): Report | undefined {
  if (message.envelopeFrom === '') return undefined;
  const domain = recipient.slice(recipient.lastIndexOf('@') + 1);
  const host = `mx.${domain}`;
  const rfc822 = notAscii(recipient) ? 'utf-8' : 'rfc822';
  const status = [
    `Reporting-MTA: dns; ${host}`,
    `Arrival-Date: ${dateOf(message.receivedAt)}`,
    '',
    `Final-Recipient: ${rfc822}; ${recipient}`,
    'Action: failed',
    'Status: 5.1.1',
    'Diagnostic-Code: smtp; 550 5.1.1 no such user here',
    `Last-Attempt-Date: ${dateOf(at)}`,
    '',
  ].join('\r\n');
  const text = `This is the mail system at host ${host}.\r\n\r\nYour message could not be delivered to\r\n\r\n    <${recipient}>: no such user here (5.1.1)\r\n\r\nIt is not tried again.\r\n`;
  const raw = multipart(
    { from: `"Mail Delivery System" <mailer-daemon@${domain}>`, to: message.envelopeFrom, subject: 'Undelivered Mail Returned to Sender', type: 'delivery-status', at, token, host },
    [
      { head: ['Content-Type: text/plain; charset=utf-8', 'Content-Description: Notification'], body: text },
      { head: ['Content-Type: message/delivery-status'], body: status },
      { head: ['Content-Type: text/rfc822-headers'], body: headerBlock(message.raw) },
    ],
  );
  return { to: message.envelopeFrom, raw };
}

/** An abuse report of a feedback loop (RFC 5965), sent to the return path; undefined for a null sender. */
export function buildComplaint({ message, recipient, at, token }: ReportFacts): Report | undefined {
  if (message.envelopeFrom === '') return undefined;
  const domain = recipient.slice(recipient.lastIndexOf('@') + 1);
  const feedback = [
    'Feedback-Type: abuse',
    'User-Agent: NexoraMailSandbox/1.0',
    'Version: 1',
    `Original-Mail-From: <${message.envelopeFrom}>`,
    `Original-Rcpt-To: <${recipient}>`,
    `Arrival-Date: ${dateOf(message.receivedAt)}`,
    `Reported-Domain: ${message.envelopeFrom.slice(message.envelopeFrom.lastIndexOf('@') + 1)}`,
    'Source-IP: 127.0.0.1',
    'Incidents: 1',
    '',
  ].join('\r\n');
  const text = `This is an e-mail abuse report for a message received from IP 127.0.0.1 on ${dateOf(message.receivedAt)}.\r\nThe recipient pressed the button for unwanted mail.\r\n`;
  const raw = multipart(
    { from: `"Feedback Loop" <fbl@${domain}>`, to: message.envelopeFrom, subject: `FW: ${message.subject.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)}`, type: 'feedback-report', at, token, host: `mx.${domain}` },
    [
      { head: ['Content-Type: text/plain; charset=utf-8'], body: text },
      { head: ['Content-Type: message/feedback-report'], body: feedback },
      { head: ['Content-Type: message/rfc822', 'Content-Disposition: inline'], body: message.raw },
    ],
  );
  return { to: message.envelopeFrom, raw };
}
