import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { AppError } from '@nexoramail/kernel';

/** A signing key in memory. `publicKey` goes to DNS by `dkimRecord`. */
export interface DkimKeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** A new RSA-2048 pair (RFC 8301), made on the thread pool: 50–500 ms. Ed25519 only as a second signature: few receivers verify it. */
export async function generateDkimKey(type: 'rsa' | 'ed25519' = 'rsa'): Promise<DkimKeyPair> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, publicKey: KeyObject, privateKey: KeyObject): void => { if (error) reject(error); else resolve({ privateKey, publicKey }); };
    if (type === 'rsa') generateKeyPair('rsa', { modulusLength: 2048 }, done);
    else generateKeyPair('ed25519', {}, done);
  });
}

/** The private key as PKCS #8 DER, to be sealed before it is stored. */
export function exportDkimKey(privateKey: KeyObject): Uint8Array {
  return privateKey.export({ type: 'pkcs8', format: 'der' });
}

/**
 * A pair from PKCS #8 DER or PEM. `weak` is true below RSA-2048 (warn the owner); below 1024, and for other kinds of key, throws
 * `validation_failed`. Source: security.md S41.
 */
export function importDkimKey(key: Uint8Array | string): DkimKeyPair & { readonly weak: boolean } {
  const privateKey = read(key);
  const publicKey = createPublicKey(privateKey);
  if (privateKey.asymmetricKeyType === 'ed25519') return { privateKey, publicKey, weak: false };
  const bits = privateKey.asymmetricKeyDetails?.modulusLength ?? 0;
  if (privateKey.asymmetricKeyType !== 'rsa' || bits < 1024) throw refused('A DKIM key is RSA with at least 1024 bits (2048 advised) or Ed25519.');
  return { privateKey, publicKey, weak: bits < 2048 };
}

function read(key: Uint8Array | string): KeyObject {
  try {
    return typeof key === 'string' ? createPrivateKey(key) : createPrivateKey({ key: Buffer.from(key), format: 'der', type: 'pkcs8' });
  } catch (cause) {
    throw refused('The DKIM key cannot be read: PKCS #8 is expected.', cause);
  }
}

function refused(message: string, cause?: unknown): AppError {
  return new AppError('validation_failed', message, { errors: [{ pointer: '', code: 'dkim_key', message }], cause });
}
