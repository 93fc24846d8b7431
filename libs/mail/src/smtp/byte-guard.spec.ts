import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ByteGuard } from './byte-guard.js';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

/** What a reader does with a guard: the word DATA switches to text. */
function read(chunks: readonly Uint8Array[], maxOctets = Infinity, startInData = false): { log: string[]; texts: string[]; ended: boolean } {
  const guard = new ByteGuard();
  const log: string[] = [];
  const texts: string[] = [];
  let text = '';
  let ended = false;
  if (startInData) guard.startData(maxOctets);
  for (const chunk of chunks) {
    guard.push(chunk);
    for (let event = guard.next(); event !== undefined; event = guard.next()) {
      if (event.kind === 'data') text += event.piece.toString('latin1');
      else if (event.kind === 'end') {
        expect(event.octets).toBe(text.length);
        texts.push(text);
        text = '';
        log.push(event.lineTooLong ? 'end, a line too long' : 'end');
      } else if (event.kind === 'line') {
        const line = event.line.toString('latin1');
        log.push(`${line}|${event.octets}`);
        if (line === 'DATA') guard.startData(maxOctets);
      } else {
        log.push(event.kind);
        ended = true;
      }
    }
  }
  return { log, texts, ended };
}

/** The stream in all two-way splits, in one piece and in single octets. */
function* splits(stream: Buffer): Generator<Buffer[]> {
  yield [stream];
  for (let at = 1; at < stream.length; at += 1) yield [stream.subarray(0, at), stream.subarray(at)];
  yield [...stream].map((_, at) => stream.subarray(at, at + 1));
}

const A1 = ['\n.\n', '\n.\r', '\r.\n', '\r.\r', '\n.\r\n', '\r.\r\n', '\r\n.\n', '\r\n.\r', '\r\n\0.\r\n', '\r\n.\0\r\n', '\r\n.\r\r\n', '\r\r\n.\r\r\n'];
const A2 = ['\n..\r\n', '\r..\r\n', 'a\nb', 'a\rb', 'a\0b', '\r\r\n', '\r\n.\n\r\n', '\r\n..\n', '\r\n.x\n'];
const EVIL = '\r\nMAIL FROM:<evil@a.example>\r\nRCPT TO:<v@b.example>\r\nDATA\r\nevil\r\n.\r\nQUIT\r\n';

describe('the guard', () => {
  it.each([...A1, ...A2].map((sequence) => [JSON.stringify(sequence), sequence]))('sec-A1 sec-S1 sec-A2 poison in text, for every split: %s', (_, sequence) => {
    const stream = bytes(`DATA\r\nA: b\r\n\r\nhi${sequence}${EVIL}`);
    for (const chunks of splits(stream)) expect(read(chunks)).toEqual({ log: ['DATA|6', 'poison'], texts: [], ended: true });
  });

  it.each(['NOOP\n', 'NO\rOP\r\n', 'NOOP\0\r\n', '\0', '\n', '\rX', 'RSET\r\r\n', 'MAIL FROM:<a@a.example>\nRCPT TO:<b@b.example>\n'].map((bad) => [JSON.stringify(bad), bad]))('sec-A1 poison among commands, for every split: %s', (_, bad) => {
    for (const chunks of splits(bytes(`NOOP\r\n${bad}${EVIL}`))) expect(read(chunks).log).toEqual(['NOOP|6', 'poison']);
  });

  it.each(['', '\r\n', '.\r\n', '..\r\n', '...\r\n.\r\n..\r\n', '.a\r\n', 'A: b\r\n\r\n.\r\n.\r\n\r\n', '\xe9\xff\x80\r\n.\xff\r\n', '\r\n\r\n.\r\n'].map((text) => [JSON.stringify(text), text]))('sec-S2 gives back a stuffed text for every split: %s', (_, text) => {
    const stream = bytes(`DATA\r\n${text.replace(/^\./gm, '..')}.\r\nNOOP\r\n`);
    for (const chunks of splits(stream)) expect(read(chunks)).toEqual({ log: ['DATA|6', 'end', 'NOOP|6'], texts: [text], ended: false });
  });

  it('takes a lone dot off a line that a client did not stuff', () => {
    expect(read([bytes('.x\r\n.\r\n')], Infinity, true).texts).toEqual(['x\r\n']);
  });

  it('sec-S3 tells a text line over 1,000 octets with CRLF, a stuffed dot not counted', () => {
    expect(read([bytes(`..${'x'.repeat(997)}\r\n.\r\n`)], Infinity, true).log).toEqual(['end']);
    expect(read([bytes(`${'x'.repeat(998)}\r\n.\r\n`)], Infinity, true).log).toEqual(['end']);
    expect(read([bytes(`${'x'.repeat(999)}\r\nshort\r\n.\r\n`)], Infinity, true).log).toEqual(['end, a line too long']);
  });

  it('sec-S18 stops at the first octet over the size', () => {
    expect(read([bytes('12345678\r\n.\r\n')], 10, true).log).toEqual(['end']);
    expect(read([bytes('123456789\r\n.\r\n')], 10, true).log).toEqual(['oversize']);
    expect(read([bytes('x'.repeat(11))], 10, true).log).toEqual(['oversize']);
  });

  it('sec-A10 counts a long command without keeping it, and stops at 64 kB', () => {
    const guard = new ByteGuard();
    guard.push(bytes(`${'a'.repeat(20_000)}\r\n`));
    const event = guard.next();
    expect(event).toMatchObject({ kind: 'line', octets: 20_002 });
    expect(event?.kind === 'line' && event.line.length).toBe(12_288);
    expect(read(Array.from({ length: 100 }, () => bytes('a'.repeat(1_000)))).log).toEqual(['flood']);
  });

  it('tells what is buffered ahead of an answer (RFC 2920)', () => {
    const guard = new ByteGuard();
    guard.push(bytes('DATA\r\nhello\r\n'));
    expect(guard.next()).toMatchObject({ kind: 'line' });
    expect(guard.bufferedOctets).toBe(7);
    guard.startData();
    while (guard.next() !== undefined);
    expect(guard.bufferedOctets).toBe(0);
  });

  it('sec-A1 sec-S1 sec-S2 agrees with a regular expression, for every stream and every split', () => {
    const token = fc.constantFrom('\r\n', '\r\n', '\r\n.', 'a', '.', '\r', '\n', '\0', 'bc', '\r\n..', 'x', '.\r\n', 'yz\r\n');
    fc.assert(fc.property(fc.array(token, { maxLength: 14 }), fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 40 }), (tokens, sizes) => {
      const stream = `${tokens.join('')}\r\n.\r\nNOOP\r\n`;
      const chunks: Buffer[] = [];
      let from = 0;
      for (const size of sizes) { chunks.push(bytes(stream).subarray(from, from + size)); from += size; }
      chunks.push(bytes(stream).subarray(from));
      const { log, texts } = read(chunks, Infinity, true);

      const bare = (text: string): RegExpExecArray | null => /\0|\r(?!\n)|(?<!\r)\n/.exec(text);
      const end = /(^|\r\n)\.\r\n/.exec(stream);
      const poison = bare(stream);
      if (end === null || (poison !== null && poison.index < end.index + end[0].length)) {
        expect({ log, texts }).toEqual({ log: ['poison'], texts: [] });
        return;
      }
      expect(texts).toEqual([stream.slice(0, end.index + (end[1] ?? '').length).replace(/(^|\r\n)\./g, '$1')]);
      const rest = stream.slice(end.index + end[0].length);
      const later = bare(rest);
      const commands = (later === null ? rest : rest.slice(0, later.index)).split('\r\n').slice(0, -1).map((line) => `${line}|${line.length + 2}`);
      expect(log).toEqual(['end', ...commands, ...(later === null ? [] : ['poison'])]);
    }), { numRuns: 5_000 });
  });

  it('is linear: 4 MB of stuffed dots in 64 kB pieces in well under a second', () => {
    const chunk = bytes('..\r\n'.repeat(16_384));
    const started = performance.now();
    const { texts } = read([...Array.from({ length: 64 }, () => chunk), bytes('.\r\n')], Infinity, true);
    expect(texts[0]?.length).toBe(64 * 16_384 * 3);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
