import { createHash, type Hash } from 'node:crypto';

const CR = 13;
const LF = 10;
const SPACE = 32;
const TAB = 9;
const CRLF = Buffer.from('\r\n');
/** Clean stretches at least this long are hashed where they lie; between them, blocks are canonicalised into a scratch buffer. */
const DIRECT = 1024;
const BLOCK = 512;
const SCRATCH = 16_384;

/**
 * SHA-256 of a body in relaxed canonical form (RFC 6376 §3.4.4), base64. The body is not copied: stretches without double or trailing
 * white space and tabs (all of an attachment) are found natively and hashed in place. Lines must end in CRLF.
 */
export function relaxedBodyHash(body: Uint8Array): string {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const end = contentEnd(bytes);
  const hash = createHash('sha256');
  if (end > 0) {
    new RelaxedFeed(hash, bytes, end).run();
    hash.update(CRLF);
  }
  return hash.digest('base64');
}

/** Where the content ends: before the trailing empty lines (a line of white space counts as empty) and the last line's white space. */
function contentEnd(bytes: Buffer): number {
  let end = bytes.length;
  for (;;) {
    while (end > 0 && (bytes[end - 1] === SPACE || bytes[end - 1] === TAB)) end--;
    if (end < 2 || bytes[end - 1] !== LF || bytes[end - 2] !== CR) return end;
    end -= 2;
  }
}

class RelaxedFeed {
  private readonly scratch = Buffer.allocUnsafe(SCRATCH);
  private held = 0;
  // The next place of each kind that the relaxed form changes; each is looked for again only when it was passed.
  private double = -1;
  private trailing = -1;
  private tab = -1;

  constructor(private readonly hash: Hash, private readonly bytes: Buffer, private readonly end: number) {}

  /** Invariant at each turn: the byte before `at` is no white space, so no run is cut. */
  run(): void {
    const { bytes, end } = this;
    for (let at = 0; at < end; ) {
      const dirty = this.nextChange(at);
      if (dirty - at >= DIRECT) {
        this.flush();
        this.hash.update(bytes.subarray(at, dirty));
        at = dirty;
      } else {
        let to = Math.min(at + BLOCK, end);
        while (to < end && (bytes[to - 1] === SPACE || bytes[to - 1] === TAB)) to++;
        this.canonicalise(at, to);
        at = to;
      }
    }
    this.flush();
  }

  private nextChange(at: number): number {
    if (this.double < at) this.double = this.find('  ', at);
    if (this.trailing < at) this.trailing = this.find(' \r\n', at);
    if (this.tab < at) this.tab = this.find('\t', at);
    const change = Math.min(this.double, this.trailing, this.tab);
    // A tab behind a space belongs to the same run.
    return change > at && change < this.end && this.bytes[change] === TAB && this.bytes[change - 1] === SPACE ? change - 1 : change;
  }

  private find(pattern: string, from: number): number {
    const at = this.bytes.indexOf(pattern, from, 'latin1');
    return at < 0 || at >= this.end ? this.end : at;
  }

  private canonicalise(from: number, to: number): void {
    if (this.held + to - from > SCRATCH) this.flush();
    const { bytes, scratch } = this;
    let held = this.held;
    let space = false;
    for (let i = from; i < to; i++) {
      const byte = bytes[i] ?? 0;
      if (byte === SPACE || byte === TAB) {
        space = true;
        continue;
      }
      if (space && !(byte === CR && bytes[i + 1] === LF)) scratch[held++] = SPACE;
      space = false;
      if (held === SCRATCH) {
        this.held = held;
        this.flush();
        held = 0;
      }
      scratch[held++] = byte;
    }
    this.held = held;
  }

  private flush(): void {
    if (this.held > 0) this.hash.update(this.scratch.subarray(0, this.held));
    this.held = 0;
  }
}
