import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readMime } from './mime-content.js';

const mime = (...lines: string[]): Buffer => Buffer.from(lines.join('\r\n'));

describe('submitted MIME as people read it', () => {
  test('one part: quoted-printable in its charset, header words decoded, other fields kept, bcc and structure hidden', () => {
    const read = readMime(mime('From: =?utf-8?q?J=C3=B6rg?= <j@x.example>', 'To: a@x.example', 'Bcc: secret@x.example', 'Subject: =?utf-8?b?R3LDvMOfZQ==?=', 'X-Order: 17', 'MIME-Version: 1.0',
      'X-Nexora-Tag: t', 'Content-Type: text/plain; charset="iso-8859-1"', 'Content-Transfer-Encoding: quoted-printable', '', 'Gr=FC=DFe, l=', 'ang  ', 'Ende'));
    expect(read).toEqual({ from: 'Jörg <j@x.example>', to: ['a@x.example'], cc: [], subject: 'Grüße', html: undefined, text: 'Grüße, lang\r\nEnde', headers: [{ name: 'X-Order', value: '17' }], attachments: [] });
  });

  test('parts within parts: the first text and HTML, files with name, type and decoded size, inline parts by their id', () => {
    const read = readMime(mime('From: a@x.example', 'Content-Type: multipart/mixed; boundary="o-1"', '', 'preamble', '--o-1', 'Content-Type: multipart/alternative; boundary=i', '', '--i', 'Content-Type: text/plain', '', 'plain', '--i',
      'Content-Type: text/html; charset=utf-8', 'Content-Transfer-Encoding: base64', '', Buffer.from('<p>ä</p>').toString('base64'), '--i--', '--o-1', 'Content-Type: image/png; name="logo.png"', 'Content-ID: <logo>',
      'Content-Transfer-Encoding: base64', '', 'AAAA', '--o-1', 'Content-Type: application/pdf', "Content-Disposition: attachment; filename*0*=utf-8''Gr%C3%BC; filename*1*=%C3%9Fe.pdf", '', 'pdf', '--o-1', 'Content-Disposition: attachment', '', 'not the text', '--o-1--', 'epilogue'));
    expect(read).toMatchObject({
      text: 'plain', html: '<p>ä</p>',
      attachments: [
        { filename: 'logo.png', contentType: 'image/png', contentId: 'logo', size: 3 }, { filename: 'Grüße.pdf', contentType: 'application/pdf', contentId: '', size: 3 }, { filename: '', contentType: 'text/plain', size: 12 },
      ],
    });
  });

  test('sec-A30: nesting without end, ten thousand parts and an unknown charset end in an answer', () => {
    const nested = Array.from({ length: 200 }, (_, i) => [`Content-Type: multipart/mixed; boundary=b${i}`, '', `--b${i}`]).flat();
    expect(readMime(mime('From: a@x.example', ...nested, '', 'deep')).attachments).toHaveLength(1);
    expect(readMime(mime('From: a@x.example', 'Content-Type: multipart/mixed; boundary=b', '', ...Array.from({ length: 10_000 }, () => ['--b', 'Content-Type: a/b', '', 'x']).flat())).attachments.length).toBeLessThanOrEqual(500);
    expect(readMime(mime('From: a@x.example', 'Content-Type: text/plain; charset=martian', '', 'hello')).text).toBe('hello');
  });

  test('no body throws, and a text in base64 is read back', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.uint8Array({ maxLength: 300 }), (text, noise) => {
      const encoded = readMime(mime('From: a@x.example', 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: base64', '', Buffer.from(text).toString('base64')));
      expect(encoded.text).toBe(new TextDecoder().decode(Buffer.from(text)));
      readMime(Buffer.concat([mime('From: a@x.example', 'Content-Type: multipart/mixed; boundary=b', '', '--b', ''), Buffer.from(noise), mime('', '--b--')]));
    }));
  });
});
