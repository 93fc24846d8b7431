const CR = 13;
const LF = 10;
const NUL = 0;
const DOT = 46;

/** Octets a guard holds of one line, and the limits of RFC 5321 §4.5.3.1 that it measures against. */
export interface ByteGuardLimits {
  /** Octets of a command line that are kept, without CRLF; the rest is counted and dropped (12,288: the AUTH limit of RFC 4954 §4). */
  readonly heldCommandOctets: number;
  /** A command line without an end past this many octets is a flood. */
  readonly floodOctets: number;
  /** Longest text line with its CRLF, a stuffed dot not counted (RFC 5321 §4.5.3.1.6). */
  readonly textLineOctets: number;
}

/** The limits of the submission door. */
export const DEFAULT_GUARD_LIMITS: ByteGuardLimits = { heldCommandOctets: 12_288, floodOctets: 65_536, textLineOctets: 1_000 };

/** What the guard found next in the stream. After `poison`, `oversize` or `flood` it says nothing more. */
export type GuardEvent =
  /** One command; `line` without CRLF, cut to the held octets; `octets` its whole length with CRLF. */
  | { readonly kind: 'line'; readonly line: Buffer; readonly octets: number }
  /** Un-stuffed message text; may share memory with a pushed chunk. */
  | { readonly kind: 'data'; readonly piece: Buffer }
  /** CRLF.CRLF was seen; the guard reads commands again. `octets` counts the un-stuffed message. */
  | { readonly kind: 'end'; readonly octets: number; readonly lineTooLong: boolean }
  /** A bare CR, a bare LF, a NUL or a malformed end of data: answer 550 5.6.11 once and close. */
  | { readonly kind: 'poison' }
  /** More message octets than {@link ByteGuard.startData} allowed: answer 552 5.3.4 and close. */
  | { readonly kind: 'oversize' }
  /** A command line that does not end: answer 421 and close. */
  | { readonly kind: 'flood' };

/**
 * Strict reader of the client's side of an SMTP session: lines end in CRLF only, data ends at CRLF.CRLF only, leading
 * dots are un-stuffed (RFC 5321 §2.3.8, §4.1.1.4, §4.5.2). It pulls: push what was read, then call `next` until it
 * gives undefined; call `startData` between the DATA line and the following `next`. Linear in the input, for every
 * split of it, and it knows nothing of sockets.
 */
export class ByteGuard {
  private readonly queue: Buffer[] = [];
  private chunk: Buffer | undefined;
  private pos = 0;
  private queued = 0;
  private dead = false;
  private cr = false; // the byte before was CR, perhaps in another chunk
  private line: Buffer[] = [];
  private lineOctets = 0;
  private inData = false;
  private lineStart = true;
  private dot = false; // the line so far is one dot
  private textOctets = 0;
  private maxOctets = Infinity;
  private octets = 0;
  private tooLong = false;
  private ended = false;

  constructor(private readonly limits: ByteGuardLimits = DEFAULT_GUARD_LIMITS) {}

  /** True between `startData` and the `end` event. */
  get readingData(): boolean {
    return this.inData;
  }

  /** Octets pushed and not yet looked at. More than 0 when DATA is handled means data ahead of 354 (RFC 2920 §3.1). */
  get bufferedOctets(): number {
    return this.queued + (this.chunk === undefined ? 0 : this.chunk.length - this.pos);
  }

  /** Adds what the client sent. The guard keeps the memory until it was read. */
  push(chunk: Uint8Array): void {
    if (this.dead || chunk.length === 0) return;
    this.queue.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
    this.queued += chunk.length;
  }

  /** Switches to message text of at most `maxOctets` un-stuffed octets. */
  startData(maxOctets = Infinity): void {
    this.inData = true;
    this.maxOctets = maxOctets;
    this.octets = 0;
    this.textOctets = 0;
    this.lineStart = true;
    this.cr = this.dot = this.tooLong = this.ended = false;
  }

  /** The next event, or undefined until more is pushed. */
  next(): GuardEvent | undefined {
    if (this.ended) return this.end();
    while (!this.dead) {
      if (this.chunk === undefined || this.pos >= this.chunk.length) {
        this.chunk = this.queue.shift();
        this.pos = 0;
        if (this.chunk === undefined) return undefined;
        this.queued -= this.chunk.length;
      }
      const event = this.inData ? this.readText(this.chunk) : this.readCommand(this.chunk);
      if (event !== undefined) return event;
    }
    return undefined;
  }

  private readCommand(chunk: Buffer): GuardEvent | undefined {
    if (this.cr) {
      if (chunk[this.pos] !== LF) return this.fail('poison');
      this.pos += 1;
      this.cr = false;
      const line = this.line.length === 1 && this.line[0] !== undefined ? this.line[0] : Buffer.concat(this.line);
      const octets = this.lineOctets + 2;
      this.line = [];
      this.lineOctets = 0;
      return { kind: 'line', line, octets };
    }
    let i = this.pos;
    let byte = 1;
    while (i < chunk.length && (byte = chunk[i] ?? NUL) !== CR && byte !== LF && byte !== NUL) i += 1;
    this.hold(chunk.subarray(this.pos, i));
    if (this.lineOctets > this.limits.floodOctets) return this.fail('flood');
    if (i === chunk.length) {
      this.pos = i;
      return undefined;
    }
    if (byte !== CR) return this.fail('poison');
    this.cr = true;
    this.pos = i + 1;
    return undefined;
  }

  private hold(part: Buffer): void {
    const room = this.limits.heldCommandOctets - this.lineOctets;
    this.lineOctets += part.length;
    if (part.length > 0 && room > 0) this.line.push(part.subarray(0, room));
  }

  private readText(chunk: Buffer): GuardEvent | undefined {
    const parts: Buffer[] = [];
    let from = this.pos;
    let i = this.pos;
    for (; i < chunk.length && !this.ended; i += 1) {
      const byte = chunk[i] ?? NUL;
      if (this.cr) {
        if (byte !== LF) return this.fail('poison');
        this.cr = false;
        if (this.dot) this.ended = true;
        else if (this.textOctets + 2 > this.limits.textLineOctets) this.tooLong = true;
        this.lineStart = true;
        this.textOctets = 0;
      } else if (byte === CR) {
        this.cr = true;
        if (this.dot) from = i + 1; // `.CR` at a line's start can only become the end: nothing of it is text
        this.lineStart = false;
      } else if (byte === LF || byte === NUL) {
        return this.fail('poison');
      } else if (this.lineStart && byte === DOT) {
        if (i > from) parts.push(chunk.subarray(from, i));
        from = i + 1;
        this.lineStart = false;
        this.dot = true;
      } else {
        this.lineStart = this.dot = false;
        this.textOctets += 1;
      }
    }
    this.pos = i;
    if (!this.ended && from < i) parts.push(chunk.subarray(from, i));
    const piece = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
    this.octets += piece.length;
    if (this.octets > this.maxOctets) return this.fail('oversize');
    if (piece.length > 0) return { kind: 'data', piece };
    return this.ended ? this.end() : undefined;
  }

  private end(): GuardEvent {
    this.inData = this.ended = this.dot = this.cr = false;
    return { kind: 'end', octets: this.octets, lineTooLong: this.tooLong };
  }

  private fail(kind: 'poison' | 'oversize' | 'flood'): GuardEvent {
    this.dead = true;
    this.ended = false;
    this.queue.length = 0;
    this.queued = 0;
    this.chunk = undefined;
    this.line = [];
    return { kind };
  }
}
