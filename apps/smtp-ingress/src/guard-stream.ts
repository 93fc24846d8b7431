import { PassThrough, Writable } from 'node:stream';
import { ByteGuard, type GuardEvent } from '@nexoramail/mail';

/** What the stream tells its connection. */
export interface GuardOwner {
  /** False until the greeting has been written. */
  readonly ready: boolean;
  /** Octets that the socket holds and nobody has read. */
  readonly socketOctets: number;
  /** Counts what came in. */
  received(octets: number): void;
  /** Ends the session with one last reply. */
  fatal(code: number, text: string): void;
}

type LineHandler = (line: Buffer, done: () => void, octets: number) => void;

/**
 * Takes the place of smtp-server's parser: a Writable that the connection pipes its socket into, with the strict {@link ByteGuard} inside. The
 * connection uses `oncommand`, `isClosed`, `_dataMode`, `dataBytes`, `startDataMode` and `continue` only.
 */
export class GuardStream extends Writable {
  isClosed = false;
  _dataMode = false;
  dataBytes = 0;
  oncommand: LineHandler = (_line, done) => done();
  private readonly guard = new ByteGuard();
  private next: (() => void) | undefined;
  private pumping = false;
  private again = false;
  private waiting = false; // for a command's end, a drain or the verdict on a message
  private chunkOctets = 0;
  private handled = 0;
  private out: PassThrough | undefined;
  private onEnd: (lineTooLong: boolean) => void = () => undefined;

  constructor(private readonly owner: GuardOwner) {
    super({ decodeStrings: true });
  }

  /** True when bytes are here that the client sent before it was asked to (RFC 2920 §3.1). */
  hasInput(): boolean {
    // The chunk that is being read counts as written until its `next` was called.
    return this.guard.bufferedOctets > 0 || this.writableLength > this.chunkOctets || this.owner.socketOctets > 0;
  }

  /** Reads a message of at most `maxOctets`; `onEnd` runs at CRLF.CRLF, then nothing is read until {@link continue}. */
  startDataMode(maxOctets: number, onEnd: (lineTooLong: boolean) => void): PassThrough {
    this._dataMode = true;
    this.dataBytes = 0;
    this.onEnd = onEnd;
    this.guard.startData(maxOctets);
    this.out = new PassThrough().on('error', () => undefined);
    return this.out;
  }

  /** Goes on after a verdict. */
  continue(): void {
    this.waiting = false;
    this.pump();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, next: () => void): void {
    this.next = next;
    this.chunkOctets = chunk.length;
    this.owner.received(chunk.length);
    if (!this.isClosed) {
      if (!this.owner.ready) this.owner.fatal(554, '5.5.0 data before the greeting, closing');
      this.guard.push(chunk);
    }
    this.pump();
  }

  // A loop, not recursion: the callbacks of one event may ask for the next one at once.
  private pump(): void {
    this.again = true;
    if (this.pumping) return;
    this.pumping = true;
    while (this.again) {
      this.again = false;
      if (this.waiting) break;
      const event = this.isClosed ? undefined : this.guard.next();
      if (event === undefined) {
        const { next } = this;
        this.next = undefined;
        this.chunkOctets = 0;
        next?.(); // may write the next chunk at once: then `again` is set
        continue;
      }
      this.handle(event);
      this.handled += 1;
      if (this.handled % 100 === 0) {
        setImmediate(() => this.pump()); // a flood of commands must not hold the loop
        break;
      }
      this.again ||= !this.waiting;
    }
    this.pumping = false;
  }

  private handle(event: GuardEvent): void {
    switch (event.kind) {
      case 'line':
        this.waiting = true;
        this.oncommand(event.line, () => this.continue(), event.octets);
        return;
      case 'data':
        this.dataBytes += event.piece.length;
        if (this.out && !this.out.destroyed && !this.out.write(event.piece)) this.awaitDrain(this.out);
        return;
      case 'end':
        this._dataMode = false;
        this.waiting = true;
        if (event.lineTooLong) this.out?.destroy(new Error('text line over 1000 octets'));
        else this.out?.end();
        this.onEnd(event.lineTooLong);
        return;
      case 'poison':
        this.owner.fatal(550, '5.6.11 bare CR, LF or NUL refused: lines end in CRLF and a message in CRLF.CRLF; closing');
        return;
      case 'oversize':
        this.owner.fatal(552, '5.3.4 message too large, closing');
        return;
      case 'flood':
        this.owner.fatal(421, '4.7.0 line too long, closing');
    }
  }

  // A message that is destroyed meanwhile has nothing left to wait for.
  private awaitDrain(out: PassThrough): void {
    this.waiting = true;
    const go = (): void => {
      out.off('drain', go).off('close', go);
      this.continue();
    };
    out.on('drain', go).on('close', go);
  }
}
