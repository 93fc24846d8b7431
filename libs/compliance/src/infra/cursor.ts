import { createHmac, timingSafeEqual } from 'node:crypto';
import { AppError, bytesOfUuid, uuidOfBytes } from '@nexoramail/kernel';

const MAC_BYTES = 8;

/**
 * Opaque cursors of keyset pages: the id of a page's last row, bound to list and owner by a MAC. A damaged cursor, or one of another list or
 * account, is `validation_failed` at `/after`.
 */
export class Cursors {
  /** `key`: 32 bytes, derived from the master key. */
  constructor(private readonly key: Uint8Array) {}

  /** The cursor after a row. `list` names list, filter and owner. */
  write(list: string, id: string): string {
    return Buffer.concat([bytesOfUuid(id), this.mac(list, id)]).toString('base64url');
  }

  /** The id behind a cursor; undefined for the empty one. */
  read(list: string, cursor: string): string | undefined {
    if (cursor === '') return undefined;
    const bytes = Buffer.from(cursor, 'base64url');
    if (bytes.length === 16 + MAC_BYTES && bytes.toString('base64url') === cursor) {
      const id = uuidOfBytes(bytes.subarray(0, 16));
      if (timingSafeEqual(this.mac(list, id), bytes.subarray(16))) return id;
    }
    const message = 'This cursor does not belong to this list. Begin anew without one.';
    throw new AppError('validation_failed', message, { errors: [{ pointer: '/after', code: 'cursor', message }] });
  }

  private mac(list: string, id: string): Buffer {
    return createHmac('sha256', this.key).update(`${list}\0${id}`).digest().subarray(0, MAC_BYTES);
  }
}

/** The size of a page: 1…100, 25 when 0. Throws `validation_failed` at `/limit`. */
export function pageLimit(limit: number): number {
  if (limit === 0) return 25;
  if (Number.isInteger(limit) && limit >= 1 && limit <= 100) return limit;
  const message = 'A page has 1 to 100 entries.';
  throw new AppError('validation_failed', message, { errors: [{ pointer: '/limit', code: 'range', message }] });
}
