import { isAscii } from 'node:buffer';
import { availableParallelism } from 'node:os';
import { AppError, type Clock, type Random } from '@nexoramail/kernel';
import { composeMessage, editHeaders, firstValue, messageDate, parseMailbox, signMessage, signMessageAsync, splitMessage, type HeaderMailbox } from '@nexoramail/mail';
import { Coalescer, type Database, type Statement } from '@nexoramail/platform';
import type { BuiltMessage, LeasedRecipient, MessageBuilder, SigningFacts } from '../application/ports/deliver-ports.js';
import type { SigningKeys } from '../application/ports/key-ports.js';
import { decodeComposed } from './composed-content.js';
import type { ContentCipher } from './content-cipher.js';

const CONTENT: Statement = { name: 'dispatch_content_of', text: 'SELECT message_id, frame, bytes FROM content_of($1, $2)' };
/** A signature outlives the longest stay in our queue by a day (security.md A65). */
const SIGNATURE_LIFE_MS = 72 * 3_600_000;
/** Copies of one message to several recipients are built once within this time. */
const SHARE_MS = 30_000;
const MAX_SHARED_BYTES = 32 * 1024 * 1024;
/** Synchronous signatures in a row before other work has its turn. */
const YIELD_AFTER = 8;
/** What nobody outside may see, or what only we may say (interfaces.md §5). */
const REMOVED = ['Return-Path', 'Bcc', 'Resent-Bcc', 'X-Nexora-*'];

/** What building needs of its process. */
export interface BuilderParts {
  readonly db: Database;
  readonly cipher: ContentCipher;
  readonly keys: SigningKeys;
  /** Real time: others check `t=` and `x=` by clocks of their own. */
  readonly wall: Clock;
  readonly random: Random;
  /** Our host name in Received. */
  readonly hostName: string;
}

/** Opens sealed content, builds or edits the message and signs it. One build serves all recipients of a message that are tried about now. */
export class SignedMessageBuilder implements MessageBuilder {
  private readonly frames: Coalescer<LeasedRecipient, Buffer[]>;
  private readonly shared = new Map<string, { readonly built: Promise<BuiltMessage | undefined>; readonly until: number; readonly bytes: number }>();
  private sharedBytes = 0;
  private inARow = 0;
  private readonly onePool = availableParallelism() > 2;

  constructor(private readonly parts: BuilderParts) {
    this.frames = new Coalescer({ send: (rows) => this.load(rows), sizeOf: ({ contentBytes }) => contentBytes, maxItems: 100, maxWaitingItems: 5_000, maxWaitingBytes: 128 * 1024 * 1024, inFlight: 2 });
  }

  build(row: LeasedRecipient, signing: SigningFacts): Promise<BuiltMessage | undefined> {
    if (row.recipients === 1) return this.make(row, signing);
    const name = `${row.messageId} ${signing.domainId} ${signing.selectors.join()}`;
    const now = this.parts.wall.now().getTime();
    for (const [key, { until, bytes }] of this.shared) {
      if (until > now && this.sharedBytes <= MAX_SHARED_BYTES) break; // in the order of their making
      this.shared.delete(key);
      this.sharedBytes -= bytes;
    }
    const known = this.shared.get(name);
    if (known) return known.built;
    const built = this.make(row, signing);
    this.shared.set(name, { built, until: now + SHARE_MS, bytes: row.contentBytes });
    this.sharedBytes += row.contentBytes;
    built.catch(() => this.forget(name));
    return built;
  }

  private forget(name: string): void {
    this.sharedBytes -= this.shared.get(name)?.bytes ?? 0;
    this.shared.delete(name);
  }

  private async make(row: LeasedRecipient, signing: SigningFacts): Promise<BuiltMessage | undefined> {
    const key = await this.parts.keys.signingKey(signing.domainId, signing.selectors);
    if (!key) return undefined;
    if (!row.wrapped) throw new AppError('content_purged', 'The content has been purged.');
    const dataKey = await this.parts.cipher.dataKey(row.accountId, row.messageId, row.epochId, row.wrapped);
    const content = this.parts.cipher.openContent(row.accountId, row.messageId, dataKey, await this.frames.submit(row));
    const { mime, needsSmtpUtf8 } = row.contentKind === 'composed' ? this.compose(row, content) : this.edit(row, content);
    const now = this.parts.wall.now();
    const input = { message: splitMessage(mime), domain: signing.domain, selector: key.selector, key: key.key, signedAt: now, expiresAt: new Date(now.getTime() + SIGNATURE_LIFE_MS) };
    const signature = this.onePool ? await signMessageAsync(input) : await this.signHere(input);
    const signed = Buffer.concat([Buffer.from(signature, 'latin1'), mime]);
    return { mime: signed, needsSmtpUtf8, eightBit: !isAscii(signed) };
  }

  /** On two cores the thread pool only adds its callbacks; a turn for others every eighth signature keeps the loop short. */
  private async signHere(input: Parameters<typeof signMessage>[0]): Promise<string> {
    if (++this.inARow >= YIELD_AFTER) {
      this.inARow = 0;
      await new Promise<void>((resolve) => void setImmediate(resolve));
    }
    return signMessage(input);
  }

  private compose(row: LeasedRecipient, content: Uint8Array): { mime: Uint8Array; needsSmtpUtf8: boolean } {
    const { from, subject, recipients, composed } = decodeComposed(content);
    const mailboxes = (kind: string): HeaderMailbox[] => recipients.filter((one) => one.kind === kind).map(({ address, displayName }) => ({ email: address, ...(displayName !== '' && { displayName }) }));
    return composeMessage({
      from: parseMailbox(from),
      replyTo: composed.replyTo.map((text) => parseMailbox(text)),
      to: mailboxes('to'),
      cc: mailboxes('cc'),
      subject,
      ...(composed.html !== undefined && { html: composed.html }),
      ...(composed.text !== undefined && { text: composed.text }),
      headers: composed.headers,
      attachments: composed.attachments.map(({ filename, contentType, contentId, content: bytes }) => ({ filename, content: bytes, ...(contentType !== '' && { contentType }), ...(contentId !== '' && { contentId }) })),
      date: row.createdAt,
      messageId: row.messageIdHeader,
    }, this.parts.random);
  }

  /** Submitted MIME: byte for byte but for the headers that are ours. */
  private edit(row: LeasedRecipient, content: Uint8Array): { mime: Uint8Array; needsSmtpUtf8: boolean } {
    const message = splitMessage(content);
    const missing = (name: string, value: string): { name: string; value: string }[] => (firstValue(message, name) === undefined ? [{ name, value }] : []);
    const protocol = row.smtputf8 ? 'UTF8SMTPSA' : 'ESMTPSA';
    const mime = editHeaders(message, {
      remove: REMOVED,
      prepend: [
        ...(row.source === 'smtp' ? [{ name: 'Received', value: `from ${row.client || 'unknown'} by ${this.parts.hostName} with ${protocol} id ${row.messageId}; ${messageDate(row.createdAt)}` }] : []),
        ...missing('Message-ID', row.messageIdHeader),
        ...missing('Date', messageDate(row.createdAt)),
      ],
    });
    return { mime, needsSmtpUtf8: row.smtputf8 && !isAscii(Buffer.from(mime.subarray(0, mime.length - message.body.length))) };
  }

  private async load(rows: readonly LeasedRecipient[]): Promise<Buffer[][]> {
    const wanted = new Map(rows.map((row) => [row.messageId, row.releaseDay]));
    const { rows: found } = await this.parts.db.query<{ message_id: string; frame: number; bytes: Buffer }>(CONTENT, [[...wanted.keys()], [...wanted.values()]]);
    const frames = new Map<string, Buffer[]>();
    for (const { message_id: id, bytes } of found) frames.set(id, [...(frames.get(id) ?? []), bytes]);
    return rows.map(({ messageId }) => frames.get(messageId) ?? []);
  }
}
