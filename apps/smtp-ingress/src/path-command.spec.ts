import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parsePathCommand } from './path-command.js';
import { replyLines } from './reply-lines.js';

describe('MAIL and RCPT', () => {
  test('give address and parameters', () => {
    expect(parsePathCommand('MAIL FROM', 'mail from:<a@x.example> size=10 BODY=8BITMIME SMTPUTF8 AUTH=<>', false)).toEqual({
      address: 'a@x.example', parameters: new Map<string, string | true>([['SIZE', '10'], ['BODY', '8BITMIME'], ['SMTPUTF8', true], ['AUTH', '<>']]),
    });
    expect(parsePathCommand('MAIL FROM', 'MAIL FROM:<>', false)).toEqual({ address: '', parameters: new Map() });
    expect(parsePathCommand('RCPT TO', 'RCPT TO:<é@x.example>', true)).toMatchObject({ address: 'é@x.example' });
  });

  test.each([
    ['MAIL FROM', 'MAIL FROM:a@x.example', 501], ['MAIL FROM', 'MAIL FROM:<a@x.example', 501], ['MAIL FROM', 'MAIL FROM:<a@x.example>SIZE=1', 501], ['MAIL FROM', 'MAIL FROM:<a@x.example>  SIZE=1', 501],
    ['MAIL FROM', 'MAIL FROM:<a@x.example> SIZE=1 size=2', 501], ['MAIL FROM', 'MAIL FROM:<a@x.example> AUTH', 501], ['MAIL FROM', 'MAIL FROM:<a@x.example> AUTH=a+x', 501], ['MAIL FROM', 'RCPT TO:<a@x.example>', 501],
    ['MAIL FROM', 'MAIL FROM:<@r.example:a@x.example>', 501], ['RCPT TO', 'RCPT TO:<>', 501], ['RCPT TO', 'RCPT TO:<a@x.example> NOTIFY=NEVER', 555], ['RCPT TO', 'RCPT TO:<é@x.example>', 553],
  ] as const)('%s: %s is %d', (name, line, code) => {
    expect(parsePathCommand(name, line, false)).toMatchObject({ code });
  });

  test('a MAIL with AUTH= in xtext is taken (RFC 4954 §5)', () => {
    expect(parsePathCommand('MAIL FROM', 'MAIL FROM:<a@x.example> AUTH=e+3Dmc2@example.com', false)).toMatchObject({ address: 'a@x.example' });
  });

  test('sec-A9: whatever follows the verb, the answer is one address or a refusal that fits a reply, at once (property)', () => {
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 510 }), fc.string({ unit: fc.constantFrom(...'<>@a." \\=+:;[]', ' SIZE=', 'é'), maxLength: 510 })), fc.boolean(), (rest, wide) => {
      const parsed = parsePathCommand('RCPT TO', `RCPT TO:<${rest}`, wide);
      if ('code' in parsed) expect(parsed.text).toMatch(/^5\.\d\.\d \S/);
      else expect(parsed.address).toMatch(/^[^\r\n<>]+@[^\s@<>]+$/u);
    }));
  });
});

describe('a reply', () => {
  test('has lines of at most 400 printable octets, ten of them, whatever the text (property)', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 9_000 }), (text) => {
      const lines = replyLines(text);
      expect(lines.length).toBeGreaterThan(0);
      expect(lines.length).toBeLessThanOrEqual(10);
      for (const line of lines) expect(line).toMatch(/^[\x20-\x7e]{0,400}$/);
    }));
    expect(replyLines('short')).toEqual(['short']);
    expect(replyLines('word '.repeat(120).trim()).join(' ')).toBe('word '.repeat(120).trim());
  });
});
