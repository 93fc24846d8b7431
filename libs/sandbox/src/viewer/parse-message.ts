import { simpleParser } from 'mailparser';
import { encodeWireText } from '@nexoramail/mail';
import type { StoredMessage } from '../store.js';
import { headerBlock } from '../subject.js';

const MAX_PARSED_OCTETS = 30 * 1024 * 1024;

/** A message as the inbox shows it. */
export interface ReadableMessage {
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly from: string;
  readonly to: string;
  readonly text: string | null;
  readonly html: string | null;
  readonly attachments: readonly { readonly filename: string; readonly content_type: string; readonly size: number; readonly content: Buffer }[];
}

/** Header fields in order, unfolded, controls encoded. */
export function headersOf(raw: Buffer): { name: string; value: string }[] {
  const block = headerBlock(raw).toString('latin1').replace(/\r\n(?=[ \t])/g, '');
  return block.split('\r\n').filter(Boolean).map((line) => {
    const colon = line.indexOf(':');
    const text = (part: string): string => encodeWireText(Buffer.from(part.replace(/\t/g, ' '), 'latin1')).trim();
    return colon < 0 ? { name: '', value: text(line) } : { name: text(line.slice(0, colon)), value: text(line.slice(colon + 1)) };
  });
}

/** Parses MIME for people. A message that cannot be parsed, or is over 30 MB, shows its headers only. */
export async function readMessage({ raw }: StoredMessage): Promise<ReadableMessage> {
  const headers = headersOf(raw);
  const plain = (name: string): string => headers.find((header) => header.name.toLowerCase() === name)?.value ?? '';
  const bare: ReadableMessage = { headers, from: plain('from'), to: plain('to'), text: null, html: null, attachments: [] };
  if (raw.length > MAX_PARSED_OCTETS) return bare;
  try {
    const mail = await simpleParser(raw, { skipHtmlToText: true, skipTextToHtml: true, skipTextLinks: true, maxHtmlLengthToParse: 2_000_000 });
    const addresses = mail.to === undefined ? [] : Array.isArray(mail.to) ? mail.to : [mail.to];
    return {
      headers,
      from: mail.from?.text ?? bare.from,
      to: addresses.map(({ text }) => text).join(', ') || bare.to,
      text: typeof mail.html === 'string' ? mail.text || null : mail.text ?? '',
      html: typeof mail.html === 'string' ? mail.html : null,
      attachments: mail.attachments.filter(({ related }) => !related).map(({ filename, contentType, size, content }, i) => ({
        filename: (filename ?? `part-${i + 1}`).slice(0, 200), content_type: contentType, size, content,
      })),
    };
  } catch {
    return bare;
  }
}
