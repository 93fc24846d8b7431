import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { splitEnhancedCode } from './enhanced-code.js';
import { MAX_REPLY_OCTETS, ReplyParser } from './reply.js';

const parse = (text: string | Buffer, size = Infinity): { codes: number[]; texts: string[]; failure: string | undefined; pending: boolean } => {
  const parser = new ReplyParser();
  const bytes = typeof text === 'string' ? Buffer.from(text, 'utf8') : text;
  const replies = [];
  for (let at = 0; at < bytes.length; at += Math.min(size, bytes.length)) replies.push(...parser.push(bytes.subarray(at, at + Math.min(size, bytes.length))));
  return { codes: replies.map(({ code }) => code), texts: replies.map((reply) => `${reply.enhanced ?? '-'} ${reply.text}`), failure: parser.failure?.message, pending: parser.pending };
};

describe('replies', () => {
  it('are read in any split, several at once, with the enhanced code of the first line', () => {
    const stream = '250-5.x not a code\r\n250 2.1.0 ok\r\n550-5.1.1 no such\r\n550-5.1.1 user\r\n550 5.1.1\r\n354\r\n250\r\n';
    for (let size = 1; size <= stream.length; size += 1) {
      expect(parse(stream, size)).toEqual({ codes: [250, 550, 354, 250], texts: ['2.1.0 5.x not a code ok', '5.1.1 no such user', '- ', '- '], failure: undefined, pending: false });
    }
  });

  it('may end their lines in LF alone', () => {
    expect(parse('250-a\n250 b\n').texts).toEqual(['- a b']);
  });

  it('that came before a broken one count', () => {
    expect(parse('250 2.0.0 queued\r\nrubbish\r\n250 more\r\n')).toMatchObject({ codes: [250], failure: 'not an SMTP reply: rubbish' });
  });

  it.each([
    ['65 lines', `${'250-x\r\n'.repeat(64)}250 x\r\n`, /64 lines or 8192 octets/],
    ['over 8 kB in short lines', `250-${'x'.repeat(200)}\r\n`.repeat(60), /64 lines/],
    ['over 8 kB without a line end', 'x'.repeat(MAX_REPLY_OCTETS + 1), /64 lines/],
    ['a line without code', 'hello\r\n', /not an SMTP reply: hello/],
    ['two digits', '25 ok\r\n', /not an SMTP reply/],
    ['a code outside 200 to 599', '150 ok\r\n', /not an SMTP reply/],
    ['no space behind the code', '250ok\r\n', /not an SMTP reply/],
    ['changing codes', '250-a\r\n251 b\r\n', /from 250 to 251/],
    ['CR alone', '250 ok\r'.repeat(2_000), /64 lines/],
  ])('sec-A16 fail on %s', (_, stream, message) => {
    for (const size of [1, 7, 4_096, Infinity]) {
      const { codes, failure } = parse(stream, size);
      expect(codes).toEqual([]);
      expect(failure).toMatch(message);
    }
  });

  it('of exactly 64 lines are taken', () => {
    expect(parse(`${'250-x\r\n'.repeat(63)}250 x\r\n`).codes).toEqual([250]);
  });

  it('sec-A16 encode what could harm a log or a page', () => {
    expect(parse(Buffer.from('550 a\0b\x1b[31m\x7f\xc2\x85\xe2\x80\xae\xc3\xa9\r\n', 'latin1')).texts).toEqual(['- a\\x00b\\x1b[31m\\x7f\\x85\\u202eé']);
    expect(parse(Buffer.from('550 caf\xe9 \xff\r\n', 'latin1')).texts).toEqual(['- caf\\xe9 \\xff']);
    expect(parse('550 a\rb\r\n').texts).toEqual(['- a\\x0db']);
  });

  it('sec-A16 never fail to be bounded, whatever comes', () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 20 }), (chunks) => {
      const parser = new ReplyParser();
      for (const chunk of chunks) {
        for (const reply of parser.push(chunk)) {
          expect(reply.code).toBeGreaterThanOrEqual(200);
          // eslint-disable-next-line no-control-regex
          expect(reply.lines.join('')).not.toMatch(/[\u0000-\u001f\u007f]/);
        }
      }
    }), { numRuns: 500 });
  });
});

it.each([
  [550, '5.1.1 no', '5.1.1', 'no'], [250, '2.0.0', '2.0.0', ''], [550, '5.01.001 x', '5.1.1', 'x'], [550, '4.1.1 other class', null, '4.1.1 other class'],
  [550, '5.1 short', null, '5.1 short'], [550, '5.1.1.1 x', null, '5.1.1.1 x'], [550, '5.1.1x', null, '5.1.1x'], [354, '2.0.0 go', null, '2.0.0 go'],
])('the enhanced code of %d %s is %s', (code, text, enhanced, rest) => {
  expect(splitEnhancedCode(code, text)).toEqual({ enhanced, text: rest });
});
