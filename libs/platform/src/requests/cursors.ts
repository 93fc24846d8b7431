import { createHmac, timingSafeEqual } from 'node:crypto';
import { badCursor, bytesOfUuid, secretKey, uuidOfBytes } from '@nexoramail/kernel';

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
    throw badCursor();
  }

  private mac(list: string, id: string): Buffer {
    return createHmac('sha256', secretKey(this.key)).update(`${list}\0${id}`).digest().subarray(0, MAC_BYTES);
  }
}
