import { splitEnhancedCode } from './enhanced-code.js';
import { encodeWireText } from './wire-text.js';

/** One SMTP reply, safe to store. */
export interface SmtpReply {
  /** 200–599. */
  readonly code: number;
  /** RFC 3463 code of the reply's class, or null when it states none. */
  readonly enhanced: string | null;
  /** The lines' text joined by one space, without codes; control characters encoded. */
  readonly text: string;
}

/** A reply with its lines, as the parser gives it. */
export interface ParsedReply extends SmtpReply {
  /** Each line whole (`250-SIZE 100`), encoded, without its line end. */
  readonly lines: readonly string[];
}

/** The peer does not speak SMTP: the connection is of no more use. The error's message is safe to store. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError';
}

/** A reply with more lines is refused (`sec-A16`). */
export const MAX_REPLY_LINES = 64;
/** A reply with more octets is refused (`sec-A16`). */
export const MAX_REPLY_OCTETS = 8_192;

const LINE = /^([2-5]\d\d)(?:([ -])(.*))?$/s;

/**
 * Streaming parser of SMTP replies (RFC 5321 §4.2). Lines may end in LF alone, as some servers send; the lines of one
 * reply must share one code; at most 64 lines or 8 kB are taken. What does not fit sets `failure`; after that nothing
 * more is read.
 */
export class ReplyParser {
  private rest: Buffer = Buffer.alloc(0);
  private octets = 0;
  private code = 0;
  private lines: string[] = [];
  private texts: string[] = [];
  private fault: ReplyError | undefined;

  /** Why the peer cannot be understood any more. Replies before that point were given. */
  get failure(): ReplyError | undefined {
    return this.fault;
  }

  /** True when part of a reply was read: bytes behind a 220 to STARTTLS, for one (`sec-A6`). */
  get pending(): boolean {
    return this.rest.length > 0 || this.lines.length > 0;
  }

  /** The lines read so far of a reply that is not complete, cut to 1,000 characters: for the transcript. */
  get partialLines(): readonly string[] {
    return this.rest.length === 0 ? this.lines : [...this.lines, encodeWireText(this.rest.subarray(0, 1_000))];
  }

  /** The replies that `chunk` completes, in order. */
  push(chunk: Uint8Array): ParsedReply[] {
    const replies: ParsedReply[] = [];
    if (this.fault !== undefined) return replies;
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    const buffer = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]); // the rest is under 8 kB
    this.rest = Buffer.alloc(0);
    let from = 0;
    for (let end = buffer.indexOf(10); end >= 0; end = buffer.indexOf(10, from)) {
      const stop = end > from && buffer[end - 1] === 13 ? end - 1 : end;
      this.octets += end + 1 - from;
      const reply = this.octets > MAX_REPLY_OCTETS || this.lines.length >= MAX_REPLY_LINES ? this.tooLong() : this.line(buffer.subarray(from, stop));
      if (this.fault !== undefined) return replies;
      if (reply !== undefined) replies.push(reply);
      from = end + 1;
    }
    if (from < buffer.length) this.rest = Buffer.from(buffer.subarray(from, from + MAX_REPLY_OCTETS)); // a copy: the chunk may be large
    if (this.octets + buffer.length - from > MAX_REPLY_OCTETS) this.tooLong();
    return replies;
  }

  private tooLong(): undefined {
    this.fault = new ReplyError(`reply of more than ${MAX_REPLY_LINES} lines or ${MAX_REPLY_OCTETS} octets`);
  }

  private line(bytes: Buffer): ParsedReply | undefined {
    const line = encodeWireText(bytes);
    const match = LINE.exec(line);
    const code = Number(match?.[1]);
    if (match === null || (this.lines.length > 0 && code !== this.code)) {
      this.fault = new ReplyError(match === null ? `not an SMTP reply: ${line.slice(0, 120)}` : `reply changes its code from ${this.code} to ${code}`);
      this.lines.push(line.slice(0, 1_000));
      return undefined;
    }
    this.code = code;
    this.lines.push(line);
    const part = splitEnhancedCode(code, match[3] ?? '');
    this.texts.push(part.text);
    if (match[2] === '-') return undefined;
    const enhanced = splitEnhancedCode(code, (LINE.exec(this.lines[0] ?? '')?.[3] ?? '')).enhanced ?? part.enhanced;
    const reply: ParsedReply = { code, enhanced, text: this.texts.join(' ').trim(), lines: this.lines };
    this.lines = [];
    this.texts = [];
    this.octets = 0;
    return reply;
  }
}
