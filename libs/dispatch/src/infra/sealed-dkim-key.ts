import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { Random } from '@nexoramail/kernel';
import { exportDkimKey } from '@nexoramail/mail';
import { open, seal } from '@nexoramail/platform';

// Bound to its place: another domain's row cannot be put in its stead.
const aad = (domainId: string, selector: string): Buffer => Buffer.from(`dkim ${domainId} ${selector}`);

/** A private key as it stands in `dkim_key.sealed`, under a key derived from the master key. */
export function sealDkimKey(wrappingKey: Uint8Array, domainId: string, selector: string, privateKey: KeyObject, random: Random): Uint8Array {
  return seal(wrappingKey, exportDkimKey(privateKey), aad(domainId, selector), random);
}

/** The key of {@link sealDkimKey}; throws when it was sealed for another domain or selector. */
export function openDkimKey(wrappingKey: Uint8Array, domainId: string, selector: string, sealed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(open(wrappingKey, sealed, aad(domainId, selector))), format: 'der', type: 'pkcs8' });
}
