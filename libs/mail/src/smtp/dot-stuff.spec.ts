import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ByteGuard } from './byte-guard.js';
import { dotStuff, endOfData, UnsafeMessageError } from './dot-stuff.js';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('dot stuffing', () => {
  it('doubles a dot that starts a line and copies nothing when there is none', () => {
    expect(dotStuff(bytes('.a\r\n..\r\nb.\r\n.')).toString()).toBe('..a\r\n...\r\nb.\r\n..');
    const plain = bytes('a.\r\nb\r\n');
    expect(dotStuff(plain).buffer).toBe(plain.buffer);
    expect(dotStuff(plain).byteOffset).toBe(plain.byteOffset);
  });

  it('ends the text on a line of its own', () => {
    expect([endOfData(bytes('')), endOfData(bytes('a\r\n')), endOfData(bytes('a')), endOfData(bytes('\n'))]).toEqual(['.\r\n', '.\r\n', '\r\n.\r\n', '\r\n.\r\n']);
  });

  it.each([['a\nb', 1], ['a\rb', 1], ['a\r', 1], ['a\0', 1], ['\r\n.\n', 3], ['\r\r\n', 0]])('sec-A4 refuses %j', (text, offset) => {
    expect(() => dotStuff(bytes(text))).toThrow(UnsafeMessageError);
    expect(() => dotStuff(bytes(text))).toThrow(`octet ${offset}`);
  });

  it('sec-A3 is undone by the guard, for every text and split', () => {
    const line = fc.stringMatching(/^[.a\xe9 ]{0,6}$/);
    fc.assert(fc.property(fc.array(line, { maxLength: 12 }), fc.integer({ min: 1, max: 7 }), (lines, size) => {
      const text = lines.map((one) => `${one}\r\n`).join('');
      const wire = Buffer.concat([dotStuff(bytes(text)), bytes(endOfData(bytes(text)))]);
      const guard = new ByteGuard();
      guard.startData();
      let got = '';
      let ends = 0;
      for (let at = 0; at < wire.length; at += size) {
        guard.push(wire.subarray(at, at + size));
        for (let event = guard.next(); event !== undefined; event = guard.next()) {
          if (event.kind === 'data') got += event.piece.toString('latin1');
          else if (event.kind === 'end') ends += 1;
        }
      }
      expect({ got, ends }).toEqual({ got: text, ends: 1 });
    }), { numRuns: 2_000 });
  });
});
