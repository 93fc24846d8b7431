import { describe, expect, test } from '@jest/globals';
import { isAppError, seededRandom } from '@nexoramail/kernel';
import fc from 'fast-check';
import { simpleParser, type AddressObject, type ParsedMail } from 'mailparser';
import { bodyTexts, displayNames, emails, headerTexts } from '../testing/arbitraries.js';
import { composeMessage, type ComposeInput } from './compose.js';
import { decodeEncodedWords } from './decode-word.js';
import { fieldValue, splitMessage } from './split.js';

const date = new Date('2026-03-01T09:00:00Z');
const bare: ComposeInput = { from: { email: 'shop@shop.example', displayName: 'Shop' }, to: [{ email: 'ann@x.example' }], subject: 'Hello', date, messageId: 'm1@shop.example' };
const base: ComposeInput = { ...bare, text: 'Hi' };
const compose = (input: Partial<ComposeInput> = {}): Uint8Array => composeMessage({ ...base, ...input }, seededRandom(7)).mime;
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const parse = (bytes: Uint8Array): Promise<ParsedMail> => simpleParser(Buffer.from(bytes), { skipTextToHtml: true, skipHtmlToText: true, skipImageLinks: true });
const namesOf = (bytes: Uint8Array): string[] => splitMessage(bytes).fields.map(({ name }) => name);
const lines = (text: string | undefined): string => (text ?? '').replaceAll(/\r\n|\r/g, '\n').replace(/\n+$/, '');
const people = (object: AddressObject | AddressObject[] | undefined): [string, string | undefined][] => [object ?? []].flat().flatMap(({ value }) => value.map(({ name, address }): [string, string | undefined] => [name, address]));
const pointerOf = (work: () => unknown): string | undefined => {
  try {
    work();
  } catch (error) {
    if (isAppError(error) && error.code === 'validation_failed') return error.errors[0]?.pointer;
    throw error;
  }
  return undefined;
};

/** What must hold for every message that we build, whatever went in. */
function expectWireSafe(mime: Uint8Array): void {
  const text = latin1(mime);
  expect(text.endsWith('\r\n')).toBe(true);
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n\0]/);
  const { header } = splitMessage(mime);
  for (const line of latin1(header).split('\r\n')) {
    expect(line.length).toBeLessThanOrEqual(998);
    const words = line.match(/=\?UTF-8\?[BQ]\?\S*?\?=/g) ?? [];
    for (const word of words) expect(word.length).toBeLessThanOrEqual(75);
    if (words.length > 0) expect(line.length).toBeLessThanOrEqual(76);
  }
  for (const line of text.slice(header.length).split('\r\n')) expect(line.length).toBeLessThanOrEqual(line.startsWith('Content-') || line.startsWith(' ') ? 998 : 78);
}

describe('composeMessage', () => {
  test('writes a plain message down to the byte', () => {
    expect(latin1(compose())).toBe([
      'Date: Sun, 01 Mar 2026 09:00:00 +0000', 'From: Shop <shop@shop.example>', 'To: ann@x.example', 'Subject: Hello', 'Message-ID: <m1@shop.example>', 'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 7bit', '', 'Hi', '',
    ].join('\r\n'));
    expect(compose({ text: 'Hi\n' })).toEqual(compose());
  });

  test('html only, text and html, inline and attached files nest as mixed(alternative(text, related(html, image)), file)', async () => {
    const html = '<p>Grüße <img src="cid:logo"></p>';
    const image = { filename: 'logo.png', contentType: 'image/png', contentId: 'logo', content: Buffer.from([137, 80, 78, 71]) };
    const file = { filename: 'a.pdf', contentType: 'application/pdf', content: Buffer.from('%PDF') };
    const types = (input: Partial<ComposeInput>): string[] => latin1(compose(input)).match(/(?<=Content-Type: )[a-z]+\/[a-z-]+/g) ?? [];
    expect(latin1(composeMessage({ ...bare, html }, seededRandom(1)).mime)).toContain('Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable');
    expect(types({ html })).toEqual(['multipart/alternative', 'text/plain', 'text/html']);
    expect(types({ attachments: [file] })).toEqual(['multipart/mixed', 'text/plain', 'application/pdf']);
    expect(types({ attachments: [image] })).toEqual(['multipart/mixed', 'text/plain', 'image/png']);
    expect(types({ html, attachments: [file, image] })).toEqual(['multipart/mixed', 'multipart/alternative', 'text/plain', 'multipart/related', 'text/html', 'image/png', 'application/pdf']);
    const parsed = await parse(compose({ html, attachments: [file, image] }));
    expect(parsed.html).toBe(html);
    expect(parsed.text).toBe('Hi');
    expect(parsed.attachments.map(({ filename, contentType, cid, contentDisposition, content }) => [filename, contentType, cid, contentDisposition, content.toString('hex')])).toEqual([
      ['logo.png', 'image/png', 'logo', 'inline', '89504e47'], ['a.pdf', 'application/pdf', undefined, 'attachment', '25504446'],
    ]);
  });

  test('sec-S31 has each field once, in a fixed order, and To even when all recipients are blind', () => {
    const input: Partial<ComposeInput> = { to: [], cc: [{ email: 'c@x.example' }], replyTo: [{ email: 'r@x.example' }], listUnsubscribe: { url: 'https://t.example/u/abc', mailto: 'u+abc@t.example' }, headers: [{ name: 'X-Order', value: '4711' }] };
    expect(namesOf(compose(input))).toEqual(['date', 'from', 'to', 'cc', 'reply-to', 'subject', 'message-id', 'list-unsubscribe', 'list-unsubscribe-post', 'x-order', 'mime-version', 'content-type', 'content-transfer-encoding']);
    expect(latin1(compose(input))).toContain('To: undisclosed-recipients:;\r\n');
    expect(latin1(compose(input))).toContain('List-Unsubscribe: <https://t.example/u/abc>, <mailto:u+abc@t.example>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n');
  });

  test('sec-S30 sec-S32 what mailparser reads back is what went in, and every line is safe (property)', async () => {
    const mailbox = fc.record({ email: emails(), displayName: fc.option(displayNames(), { nil: undefined }) });
    const attachment = fc.record({ filename: displayNames(), content: fc.uint8Array({ maxLength: 300 }) });
    const inputs = fc.record({ from: mailbox, to: fc.array(mailbox, { minLength: 1, maxLength: 6 }), cc: fc.array(mailbox, { maxLength: 3 }), subject: headerTexts(), text: bodyTexts(), html: fc.option(bodyTexts(), { nil: undefined }), attachments: fc.array(attachment, { maxLength: 2 }), custom: headerTexts() });
    await fc.assert(fc.asyncProperty(inputs, async ({ html, custom, ...input }) => {
      const mime = compose({ ...input, ...(html !== undefined && { html }), headers: [{ name: 'X-Custom', value: custom }] });
      expectWireSafe(mime);
      expect(namesOf(mime).filter((name) => name !== 'content-transfer-encoding')).toEqual(['date', 'from', 'to', ...(input.cc.length > 0 ? ['cc'] : []), 'subject', 'message-id', 'x-custom', 'mime-version', 'content-type']);
      const parsed = await parse(mime);
      expect(parsed.subject ?? '').toBe(input.subject);
      expect(decodeEncodedWords((parsed.headers.get('x-custom') as string | undefined) ?? '')).toBe(custom); // mailparser leaves unknown fields encoded
      expect(people(parsed.from)).toEqual([[input.from.displayName ?? '', input.from.email]]);
      expect(people(parsed.to)).toEqual(input.to.map(({ email, displayName }) => [displayName ?? '', email]));
      expect(people(parsed.cc)).toEqual(input.cc.map(({ email, displayName }) => [displayName ?? '', email]));
      expect(lines(parsed.text)).toBe(lines(input.text));
      if (html !== undefined) expect(lines(parsed.html || '')).toBe(lines(html));
      expect(parsed.attachments.map(({ filename, content }) => [filename, content.toString('hex')])).toEqual(input.attachments.map(({ filename, content }) => [filename, Buffer.from(content).toString('hex')]));
    }), { numRuns: 300 });
  });

  test('sec-S30 folds at 78 where there is a space, and encodes what could not stay under 998', () => {
    const subject = 'word '.repeat(60).trim();
    const folded = latin1(compose({ subject })).split('\r\n');
    expect(folded.filter((line) => line.length > 78)).toEqual([]);
    expect(latin1(compose({ from: { email: 'a@x.example', displayName: 'A. B, C '.repeat(32).trim() } })).split('\r\n').filter((line) => line.length > 78)).toEqual([]);
    expectWireSafe(compose({ subject: 'x'.repeat(5000) }));
    const long = splitMessage(compose({ subject: 'x'.repeat(900) }));
    expect(fieldValue(long, long.fields[3] ?? { name: '', start: 0, valueStart: 0, end: 0 })).toBe('x'.repeat(900));
  });

  test('sec-S33 non-ASCII and long file names are RFC 2231, never encoded-words in quotes', async () => {
    const names = ['Rechnung für Jörg.pdf', '請求書.pdf', `${'lang'.repeat(60)}.txt`, 'a "quoted" \\ name; x=y.txt', '=?utf-8?q?x?=.pdf', `${'é'.repeat(120)}.pdf`, 'plain.pdf', '%41\'x\'.pdf'];
    const mime = compose({ attachments: names.map((filename) => ({ filename, content: Buffer.from('x') })) });
    expect(latin1(mime)).not.toMatch(/"=\?/);
    expect(latin1(mime)).toContain("filename*=UTF-8''Rechnung%20f%C3%BCr%20J%C3%B6rg.pdf");
    expect(latin1(mime).split('\r\n').filter((line) => line.length > 78)).toEqual([]);
    expect((await parse(mime)).attachments.map(({ filename }) => filename)).toEqual(names);
    expectWireSafe(mime);
  });

  test('sec-A3 end-of-data sequences in any body come out as CRLF lines only', () => {
    for (const evil of ['\n.\n', '\n.\r', '\r.\n', '\r.\r', '\n.\r\n', '\r.\r\n', '\r\n.\n', '\r\n.\r', '\r\n\0.\r\n', '\r\n.\0\r\n', '\r\n.\r\r\n', '\r\r\n.\r\r\n']) {
      expectWireSafe(compose({ text: `a${evil}MAIL FROM:<e@e.example>${evil}`, html: `<p>${evil}</p>`, attachments: [{ filename: 'x.txt', content: Buffer.from(evil) }] }));
    }
  });

  test('sec-A20 a line break or control in any header part is refused with its pointer', () => {
    const part = { content: Buffer.from('x'), filename: 'a.txt' };
    for (const sign of ['\r\n', '\n', '\r', '\0', '\u001b']) {
      const evil = `Hi${sign}Bcc: e@e.example`;
      expect(pointerOf(() => compose({ subject: evil }))).toBe('/subject');
      expect(pointerOf(() => compose({ from: { email: 'a@x.example', displayName: evil } }))).toBe('/from');
      expect(pointerOf(() => compose({ to: [{ email: evil }] }))).toBe('/to');
      expect(pointerOf(() => compose({ replyTo: [{ email: 'a@x.example', displayName: evil }] }))).toBe('/reply_to');
      expect(pointerOf(() => compose({ headers: [{ name: 'X-A', value: evil }] }))).toBe('/headers/X-A');
      expect(pointerOf(() => compose({ headers: [{ name: 'References', value: evil }] }))).toBe('/headers/References');
      expect(pointerOf(() => compose({ headers: [{ name: evil, value: 'x' }] }))).toBe(`/headers/${evil}`);
      expect(pointerOf(() => compose({ attachments: [{ ...part, filename: evil }] }))).toBe('/attachments/0/filename');
      expect(pointerOf(() => compose({ attachments: [part, { ...part, contentId: evil }] }))).toBe('/attachments/1/content_id');
      expect(pointerOf(() => compose({ attachments: [{ ...part, contentType: `text/plain${sign}X: 1` }] }))).toBe('/attachments/0/content_type');
      expect(pointerOf(() => compose({ messageId: `a${sign}@x.example` }))).toBe('');
      expect(pointerOf(() => compose({ listUnsubscribe: { url: `https://t.example/${sign}` } }))).toBe('');
    }
  });

  test('sec-A20 other line separators and percent-encoded breaks travel as text, in no new field', async () => {
    for (const subject of ['a\u2028Bcc: e@e.example', 'a\u0085b', 'a%0d%0ab', 'a\u560ab', 'a\ud800b']) {
      const mime = compose({ subject });
      expectWireSafe(mime);
      expect(namesOf(mime)).not.toContain('bcc');
      expect((await parse(mime)).subject).toBe(subject.toWellFormed());
    }
  });

  test('sec-S20 a non-ASCII local part stays itself in the header and asks for SMTPUTF8', () => {
    const { mime, needsSmtpUtf8 } = composeMessage({ ...base, to: [{ email: 'jörg@x.example', displayName: 'Jörg' }] }, seededRandom(1));
    expect(needsSmtpUtf8).toBe(true);
    expect(Buffer.from(mime).toString()).toContain('<jörg@x.example>\r\n');
    expect(composeMessage({ ...base, subject: 'Grüße' }, seededRandom(1)).needsSmtpUtf8).toBe(false);
  });

  test('References stay whole message ids; nested messages travel as files; bad types, ids and empty messages are refused', () => {
    const references = Array.from({ length: 12 }, (_, i) => `<${'r'.repeat(40)}${String(i)}@x.example>`).join(' ');
    const mime = splitMessage(compose({ headers: [{ name: 'References', value: references }] }));
    expect(fieldValue(mime, mime.fields.find(({ name }) => name === 'references') ?? { name: '', start: 0, valueStart: 0, end: 0 })).toBe(references);
    expect(latin1(compose({ attachments: [{ filename: 'm.eml', contentType: 'message/rfc822', content: Buffer.from('x') }] }))).toContain('Content-Type: application/octet-stream;');
    expect(latin1(compose({ attachments: [{ filename: 'a.csv', contentType: 'text/csv; charset="utf-8"; name=x', content: Buffer.from('x') }] }))).toContain('Content-Type: text/csv;\r\n charset="utf-8";\r\n name=a.csv\r\n');
    for (const contentType of ['pdf', 'a/b/c', 'a/b; x', '']) expect(pointerOf(() => compose({ attachments: [{ filename: 'a', contentType, content: Buffer.from('x') }] }))).toBe('/attachments/0/content_type');
    expect(pointerOf(() => composeMessage(bare, seededRandom(1)))).toBe('');
  });

  test('boundaries differ from message to message', () => {
    const random = seededRandom(3);
    const boundary = (): string | undefined => /boundary="([^"]+)"/.exec(latin1(composeMessage({ ...base, html: '<p>' }, random).mime))?.[1];
    expect(boundary()).not.toBe(boundary());
  });
});
