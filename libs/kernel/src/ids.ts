import { decodeBase32, encodeBase32 } from './base32.js';
import type { Clock } from './clock.js';
import type { Random } from './random.js';

/** What an id's prefix names. Outside: `<prefix>_<base32>`, ≤ 40 URL-safe characters; inside: a UUID. */
export type IdPrefix = 'em' | 'rcp' | 'evt' | 'dom' | 'whk' | 'tpl' | 'key' | 'sup' | 'att' | 'acc' | 'usr' | 'req';

/** Makes UUIDv7 (RFC 9562 §5.7): time-ordered, so that a partition can be found from an id. */
export class IdSource {
  constructor(private readonly clock: Clock, private readonly random: Random) {}

  /** A new UUIDv7 in its canonical text form. */
  uuid(): string {
    return uuid7(this.clock.now().getTime(), this.random.bytes(10));
  }

  /** A new outside id, `req_…`: for ids that never meet a uuid column. */
  id(prefix: IdPrefix): string {
    return publicId(prefix, this.uuid());
  }
}

/** A UUIDv7 of a millisecond time and ten random bytes. */
export function uuid7(atMs: number, random: Uint8Array): string {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(atMs) << 16n);
  bytes.set(random.subarray(0, 10), 6);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return uuidOfBytes(bytes);
}

/** Business time in milliseconds at which a UUIDv7 was made. */
export function timeOfUuid(uuid: string): number {
  return Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16);
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** True for a UUID of any version as all contracts write it: lower case, with hyphens. Anything else names nothing. */
export const isUuid = (text: string): boolean => UUID.test(text);

/** The 16 bytes of a UUID's text form. */
export function bytesOfUuid(uuid: string): Uint8Array {
  return Uint8Array.from(Buffer.from(uuid.replaceAll('-', ''), 'hex'));
}

/** The text form of 16 bytes. */
export function uuidOfBytes(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

/** The outside form of a UUID, with any extra bytes (a recipient's index, an event's place) behind it. */
export function publicId(prefix: IdPrefix, uuid: string, ...extra: number[]): string {
  return `${prefix}_${encodeBase32(Uint8Array.from([...bytesOfUuid(uuid), ...extra]))}`;
}

/** The UUID (and extra bytes) behind an outside id, or undefined when it is not one of this prefix and length: then it names nothing. */
export function parsePublicId(prefix: IdPrefix, id: string, extraBytes = 0): { uuid: string; extra: number[] } | undefined {
  if (!id.startsWith(`${prefix}_`)) return undefined;
  const bytes = decodeBase32(id.slice(prefix.length + 1));
  if (bytes?.length !== 16 + extraBytes) return undefined;
  return { uuid: uuidOfBytes(bytes.subarray(0, 16)), extra: [...bytes.subarray(16)] };
}

/** Id of the recipient at place `index` (0…49) of a message: `rcp_…`, the message's id and the index. */
export function recipientId(messageUuid: string, index: number): string {
  return publicId('rcp', messageUuid, index);
}

/** The 8-byte reference of a recipient (`flows.md` §1): the message UUID's last 7 bytes and the index. Stands in VERP and tracking tokens. */
export function recipientRef(messageUuid: string, index: number): Uint8Array {
  return Uint8Array.from([...bytesOfUuid(messageUuid).subarray(9), index]);
}
