import { createHash } from 'node:crypto';
import { AppError } from './app-error.js';
import { bytesOfUuid, uuidOfBytes } from './ids.js';

/** Whose list it is. */
export interface CursorScope {
  readonly accountId: string;
  /** `live` or `test`. */
  readonly mode: string;
}

/** Place in a newest-first list: the last row that was shown. */
export interface PageKey {
  readonly at: Date;
  readonly id: string;
}

const BODY = 24;
const CHECK = 6;

// No secret: a forged cursor shows nothing that its account may not see. The check finds damage, and cursors of another list or account.
function check(list: string, { accountId, mode }: CursorScope, body: Uint8Array): Buffer {
  return createHash('sha256').update(`${list}\n${accountId}\n${mode}\n`).update(body).digest().subarray(0, CHECK);
}

/** The opaque `next_cursor` of a list. Times have millisecond precision. */
export function encodeCursor(list: string, scope: CursorScope, { at, id }: PageKey): string {
  const body = Buffer.alloc(BODY);
  body.writeBigInt64BE(BigInt(at.getTime()));
  body.set(bytesOfUuid(id), 8);
  return Buffer.concat([body, check(list, scope, body)]).toString('base64url');
}

/** The place behind a cursor. Throws `validation_failed` at `/after` for a damaged one and for one of another list, account or mode. */
export function decodeCursor(list: string, scope: CursorScope, cursor: string): PageKey {
  const bytes = /^[\w-]{40}$/.test(cursor) ? Buffer.from(cursor, 'base64url') : Buffer.alloc(0);
  const body = bytes.subarray(0, BODY);
  if (bytes.length !== BODY + CHECK || !check(list, scope, body).equals(bytes.subarray(BODY))) throw badCursor();
  return { at: new Date(Number(body.readBigInt64BE())), id: uuidOfBytes(body.subarray(8)) };
}

/** What a damaged or foreign cursor is answered with. */
export function badCursor(): AppError {
  const message = 'The cursor is not one that this list gave. Take next_cursor of the page before as it is, or leave after out.';
  return new AppError('validation_failed', message, { errors: [{ pointer: '/after', code: 'cursor', message }] });
}
