import { AppError } from '@nexoramail/kernel';
import { encodeBase64 } from './body-encoding.js';
import { parameterSections } from './parameter.js';
import type { Part } from './part.js';

/** A file beside the text. `contentId` (without brackets) lets html show it as `cid:…`. */
export interface MessageAttachment {
  readonly filename: string;
  /** `type/subtype`, parameters allowed; default application/octet-stream. */
  readonly contentType?: string | undefined;
  readonly contentId?: string | undefined;
  readonly content: Uint8Array;
}

const TYPE = /^([A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126})\/([A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126})((?:;[ \t]*[A-Za-z0-9!#$&^_.+-]{1,60}=(?:[A-Za-z0-9!#$&^_.+-]{1,60}|"[\x20\x21\x23-\x3a\x3c-\x5b\x5d-\x7e]{0,60}"))*)$/;
const CONTENT_ID = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.@-]{1,200}$/;
const MAX_FILENAME = 255;

/** The part of an attachment, base64. Throws `validation_failed` with a pointer under `pointer` for a bad type, id or name. */
export function attachmentPart(attachment: MessageAttachment, disposition: 'inline' | 'attachment', pointer: string): Part {
  const { filename, contentId } = attachment;
  if (filename.length === 0 || filename.length > MAX_FILENAME) throw fault(`${pointer}/filename`, 'A file name has 1 to 255 characters.');
  let headers = `Content-Type: ${mediaType(attachment.contentType, `${pointer}/content_type`)}`;
  const namePointer = `${pointer}/filename`;
  for (const section of parameterSections('name', filename, namePointer)) headers += `;\r\n ${section}`;
  headers += `\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: ${disposition}`;
  for (const section of parameterSections('filename', filename, namePointer)) headers += `;\r\n ${section}`;
  headers += '\r\n';
  if (contentId !== undefined) {
    if (!CONTENT_ID.test(contentId)) throw fault(`${pointer}/content_id`, 'A content id has 1 to 200 ASCII letters, digits and !#$%&\'*+/=?^_`{|}~.@- characters.');
    headers += `Content-ID: <${contentId}>\r\n`;
  }
  return { headers, chunks: [encodeBase64(attachment.content)] };
}

/** The type for the header. Nested messages and multiparts must not be base64 (RFC 2046 §5), so they travel as plain files. */
function mediaType(contentType: string | undefined, pointer: string): string {
  if (contentType === undefined) return 'application/octet-stream';
  const match = contentType.length <= 255 ? TYPE.exec(contentType) : null;
  if (match === null) throw fault(pointer, 'A content type is written type/subtype, for example application/pdf.');
  const [, type = '', subtype = '', parameters = ''] = match;
  if (/^(?:multipart|message)$/i.test(type)) return 'application/octet-stream';
  const kept = parameters.split(/;[ \t]*/).filter((parameter) => parameter !== '' && !/^name(?:\*|=)/i.test(parameter));
  return [`${type}/${subtype}`, ...kept].join(';\r\n ');
}

function fault(pointer: string, message: string): AppError {
  return new AppError('validation_failed', message, { errors: [{ pointer, code: 'attachment', message }] });
}
