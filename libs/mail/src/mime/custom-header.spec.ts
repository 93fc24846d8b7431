import { describe, expect, test } from '@jest/globals';
import { checkCustomHeader } from './custom-header.js';

const refused = expect.objectContaining({ code: 'validation_failed' });

describe('checkCustomHeader', () => {
  test.each(['X-Order', 'x-a', 'References', 'in-reply-to', 'Auto-Submitted', 'List-Unsubscribe'])('takes %s', (name) => {
    expect(checkCustomHeader(name, 'v')).toEqual({ name, value: 'v' });
  });

  test.each(['From', 'bcc', 'To', 'Subject', 'DKIM-Signature', 'Received', 'Return-Path', 'X-SES-Source-ARN', 'x-nexora-tag', 'X-Nexora-Category', 'Authentication-Results', 'ARC-Seal', 'Resent-From', 'Sender', 'Content-Type', 'MIME-Version',
    'Feedback-ID', 'Message-ID', 'Date', 'X-', 'X', '', '__proto__', 'constructor', 'X A', 'X-Ä', 'X-A:', 'X-A\r\nBcc', 'x'.repeat(77), `X-${'a'.repeat(50_000)}`])('sec-A21 refuses the name %j', (name) => {
    expect(() => checkCustomHeader(name, 'v')).toThrow(refused);
  });

  test('sec-A21 a value is a string of at most 998 octets, nothing else', () => {
    for (const value of [{ prepared: true, value: 'x' }, ['x'], 1, null, undefined, true, 'x'.repeat(999), 'ä'.repeat(500)]) expect(() => checkCustomHeader('X-A', value)).toThrow(refused);
    expect(checkCustomHeader('X-A', 'x'.repeat(998)).value).toHaveLength(998);
  });

  test('sec-A20 a value of more than one line is refused and names the header', () => {
    for (const sign of ['\r\n', '\n', '\r', '\0', '\u2028', '\u0085', '\ud800']) {
      expect(() => checkCustomHeader('X-A', `Hi${sign}Bcc: e@e.example`)).toThrow(expect.objectContaining({ errors: [expect.objectContaining({ pointer: '/headers/X-A' })] }));
    }
    expect(checkCustomHeader('X-A', 'Hi%0d%0aBcc: x\u560a').value).toBe('Hi%0d%0aBcc: x\u560a');
  });
});
