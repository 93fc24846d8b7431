import { createCipheriv, createDecipheriv } from 'node:crypto';
import { secretKey, systemRandom, type Random } from '@nexoramail/kernel';

const NONCE = 12;
const TAG = 16;
/** Largest plain text of one sealed frame: 1 MiB. Longer content is cut into frames whose number stands in `aad`. */
export const MAX_SEALED_FRAME = 1_048_576;

/**
 * AES-256-GCM (NIST SP 800-38D) with a random nonce: nonce (12 bytes) | tag (16) | cipher text. `aad` binds the frame to its place (message id,
 * frame number): another place cannot open it. A key may seal at most 2³² frames.
 */
export function seal(key: Uint8Array, plain: Uint8Array, aad: Uint8Array, random: Random = systemRandom): Uint8Array {
  if (plain.byteLength > MAX_SEALED_FRAME) throw new RangeError(`A sealed frame holds at most ${MAX_SEALED_FRAME} bytes`);
  const nonce = random.bytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', secretKey(key), nonce, { authTagLength: TAG });
  cipher.setAAD(aad);
  const sealed = new Uint8Array(NONCE + TAG + plain.byteLength);
  sealed.set(nonce, 0);
  sealed.set(cipher.update(plain), NONCE + TAG);
  cipher.final();
  sealed.set(cipher.getAuthTag(), NONCE);
  return sealed;
}

/** The plain text of {@link seal}. Throws, without telling why, when key, `aad` or any bit is not the one that sealed it. */
export function open(key: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array {
  if (sealed.byteLength < NONCE + TAG || sealed.byteLength > NONCE + TAG + MAX_SEALED_FRAME) throw new Error('Sealed bytes cannot be opened');
  const decipher = createDecipheriv('aes-256-gcm', secretKey(key), sealed.subarray(0, NONCE), { authTagLength: TAG });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(NONCE, NONCE + TAG));
  try {
    const plain = decipher.update(sealed.subarray(NONCE + TAG));
    decipher.final();
    return plain;
  } catch {
    throw new Error('Sealed bytes cannot be opened');
  }
}
