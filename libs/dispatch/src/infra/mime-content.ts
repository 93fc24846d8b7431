import { decodeEncodedWords, fieldValue, firstValue, splitMessage, type SplitMessage } from '@nexoramail/mail';
import type { AttachmentFacts, MessageContent } from '../application/read/get-content.js';

// Deeper or wider than any honest message (security.md A30): what lies beyond is shown as one attachment.
const MAX_DEPTH = 20;
const MAX_PARTS = 500;
/** Fields that are told elsewhere, describe the MIME structure, or are nobody's to see. */
const HIDDEN = /^(from|to|cc|subject|bcc|resent-bcc|return-path|mime-version|content-.*|x-nexora-.*)$/;
const PARAMETER = /;\s*([A-Za-z0-9!#$&+.^_`|~*-]{1,60})\s*=\s*("(?:[^"\\]|\\.)*"|[^;"\s]*)/g;

interface Found {
  html: string | undefined;
  text: string | undefined;
  parts: number;
  readonly attachments: AttachmentFacts[];
}

/** Submitted MIME as people read it: the first text and HTML that are no attachments, decoded; all else by name, type and size. Never throws for a body. */
export function readMime(raw: Uint8Array): MessageContent {
  const message = splitMessage(raw);
  const found: Found = { html: undefined, text: undefined, parts: 0, attachments: [] };
  walk(message, found, 0);
  const value = (name: string): string => decodeEncodedWords(firstValue(message, name) ?? '');
  const list = (name: string): string[] => message.fields.filter((field) => field.name === name).map((field) => decodeEncodedWords(fieldValue(message, field))).filter((text) => text !== '');
  const headers = message.fields.filter(({ name }) => !HIDDEN.test(name)).map((field) => ({
    name: Buffer.from(raw.buffer, raw.byteOffset + field.start, field.name.length).toString('latin1'), value: decodeEncodedWords(fieldValue(message, field)),
  }));
  return { from: value('from'), to: list('to'), cc: list('cc'), subject: value('subject'), html: found.html, text: found.text, headers, attachments: found.attachments };
}

function walk(entity: SplitMessage, found: Found, depth: number): void {
  found.parts += 1;
  const type = header(firstValue(entity, 'content-type') ?? 'text/plain');
  const disposition = header(firstValue(entity, 'content-disposition') ?? '');
  const boundary = type.parameters.get('boundary');
  if (type.value.startsWith('multipart/') && boundary !== undefined && boundary !== '' && depth < MAX_DEPTH) {
    for (const part of partsOf(entity.body, boundary)) {
      if (found.parts >= MAX_PARTS) return;
      const inner = entityOf(part);
      if (inner) walk(inner, found, depth + 1);
    }
    return;
  }
  const filename = decodeEncodedWords(disposition.parameters.get('filename') ?? type.parameters.get('name') ?? '');
  const bytes = decoded(entity.body, (firstValue(entity, 'content-transfer-encoding') ?? '').toLowerCase());
  const kind = type.value === 'text/html' ? 'html' : type.value === 'text/plain' ? 'text' : undefined;
  if (kind !== undefined && disposition.value !== 'attachment' && filename === '' && found[kind] === undefined) {
    found[kind] = inCharset(bytes, type.parameters.get('charset') ?? 'utf-8');
    return;
  }
  const contentId = (firstValue(entity, 'content-id') ?? '').replaceAll(/^<|>$/g, '');
  found.attachments.push({ filename, contentType: type.value, contentId, size: bytes.length });
}

function entityOf(part: Uint8Array): SplitMessage | undefined {
  try {
    return splitMessage(part);
  } catch {
    return undefined; // no header that can be read: nothing to show
  }
}

/** The parts between the delimiter lines (RFC 2046 §5.1.1); a missing last delimiter ends at the end. */
function partsOf(body: Uint8Array, boundary: string): Buffer[] {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const delimiter = Buffer.from(`--${boundary}`, 'latin1');
  const parts: Buffer[] = [];
  let start: number | undefined;
  for (let at = bytes.indexOf(delimiter); at >= 0 && parts.length < MAX_PARTS; at = bytes.indexOf(delimiter, at + delimiter.length)) {
    if (at > 0 && bytes[at - 1] !== 10) continue;
    const rest = bytes.toString('latin1', at + delimiter.length, at + delimiter.length + 100);
    const [, last] = /^(--)?[ \t]*(?:\r?\n|$)/.exec(rest) ?? [];
    if (!/^(--)?[ \t]*(?:\r?\n|$)/.test(rest)) continue;
    if (start !== undefined) parts.push(bytes.subarray(start, Math.max(start, at - 2)));
    if (last !== undefined) return parts;
    const lineEnd = bytes.indexOf(10, at);
    start = lineEnd < 0 ? bytes.length : lineEnd + 1;
  }
  if (start !== undefined) parts.push(bytes.subarray(start));
  return parts;
}

/** A structured value and its parameters, RFC 2231 continuations and charsets taken together. */
function header(text: string): { readonly value: string; readonly parameters: ReadonlyMap<string, string> } {
  const parameters = new Map<string, string>();
  const extended = new Map<string, string>();
  for (const [, name = '', given = ''] of text.slice(0, 10_000).matchAll(PARAMETER)) {
    const value = given.startsWith('"') ? given.slice(1, -1).replaceAll(/\\(.)/g, '$1') : given;
    const [, base = '', star] = /^([^*]+)(\*.*)?$/.exec(name.toLowerCase()) ?? [];
    if (star === undefined) parameters.set(base, parameters.get(base) ?? value);
    else extended.set(base, (extended.get(base) ?? '') + value);
  }
  for (const [name, value] of extended) parameters.set(name, unextended(value));
  return { value: (text.split(';', 1)[0] ?? '').trim().toLowerCase(), parameters };
}

function unextended(value: string): string {
  const [, charset, rest] = /^([A-Za-z0-9._-]{1,40})'[^']*'(.*)$/.exec(value) ?? [];
  const binary = (rest ?? value).replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return charset === undefined ? value : inCharset(Buffer.from(binary, 'latin1'), charset);
}

function decoded(body: Uint8Array, encoding: string): Buffer {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (encoding === 'base64') return Buffer.from(bytes.toString('latin1'), 'base64');
  if (encoding !== 'quoted-printable') return bytes;
  const text = bytes.toString('latin1').replaceAll(/[ \t]{0,100}(\r?\n)/g, '$1').replaceAll(/=\r?\n/g, '');
  return Buffer.from(text.replaceAll(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))), 'latin1');
}

function inCharset(bytes: Uint8Array, charset: string): string {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('latin1'); // a charset that nobody knows: its ASCII at least
  }
}
