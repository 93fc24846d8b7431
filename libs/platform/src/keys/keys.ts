import { createPrivateKey, generateKeyPairSync, hkdfSync, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { systemRandom, type Random } from '@nexoramail/kernel';
import { KeyFolder, KeyFolderError } from './key-folder.js';

/** One version of the key that signs VERP, unsubscribe, link and pixel tokens. Old versions verify for 90 days. */
export interface TokenKey {
  /** 1…255, grows with each rotation. */
  readonly version: number;
  readonly key: Uint8Array;
}

/** The deployment's secrets (`flows.md` §2). Bytes never leave the process and never reach a log. */
export interface Keys {
  /** HKDF-SHA256 (RFC 5869) of the master key: one key per label ("accounts.api-key"), 32 bytes unless told. */
  derive(label: string, bytes?: number): Uint8Array;
  /** Key of the address tokens, 32 bytes; never rotated, since pseudonyms must stay comparable. */
  readonly addressToken: Uint8Array;
  /** Newest first; the first one signs. */
  readonly tokenRing: readonly TokenKey[];
  /** Ed25519 private key that signs delivery receipts. */
  readonly receipt: KeyObject;
  /** Ed25519 private key that signs the anchors of the audit chain. */
  readonly audit: KeyObject;
}

const KEY_BYTES = 32;
const SALT = Buffer.from('nexoramail/hkdf/1');
const FILES = ['master', 'address-token', 'token-ring', 'receipt', 'audit'] as const;

/**
 * Loads the keys of `<dataDir>/keys` and makes them on the first start (folder 0700, files 0600, flushed to disk before use). When some of them
 * are there and others are not, nothing is made: a new master or address-token key would lock the existing data for ever.
 */
export function loadKeys(dataDir: string, random: Random = systemRandom): Keys {
  const folder = new KeyFolder(join(dataDir, 'keys'));
  const missing = FILES.filter((file) => !folder.has(file));
  if (missing.length === FILES.length) {
    for (const file of FILES) folder.create(file, fresh(file, random));
  } else if (missing.length > 0) {
    throw new KeyFolderError(`${folder.path} lacks ${missing.join(', ')}: restore the key files from your backup, or begin anew with --fresh`);
  }
  const master = readKey(folder, 'master');
  return {
    derive: (label, bytes = KEY_BYTES) => new Uint8Array(hkdfSync('sha256', master, SALT, Buffer.from(label), bytes)),
    addressToken: readKey(folder, 'address-token'),
    tokenRing: readRing(folder),
    receipt: readPrivateKey(folder, 'receipt'),
    audit: readPrivateKey(folder, 'audit'),
  };
}

function fresh(file: (typeof FILES)[number], random: Random): string {
  if (file === 'receipt' || file === 'audit') return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  const key = Buffer.from(random.bytes(KEY_BYTES)).toString('base64');
  return file === 'token-ring' ? `1 ${key}\n` : `${key}\n`;
}

function keyOf(folder: KeyFolder, file: string, text: string): Uint8Array {
  const key = Buffer.from(text.trim(), 'base64');
  if (key.byteLength !== KEY_BYTES) throw new KeyFolderError(`${join(folder.path, file)} does not hold a key of ${KEY_BYTES} bytes in base64`);
  return Uint8Array.from(key);
}

function readKey(folder: KeyFolder, file: string): Uint8Array {
  return keyOf(folder, file, folder.read(file));
}

/** Lines `<version> <base64>`: a rotation adds one. */
function readRing(folder: KeyFolder): TokenKey[] {
  const ring = folder.read('token-ring').split('\n').filter((line) => line.trim() !== '').map((line) => {
    const [version = '', key = ''] = line.trim().split(/\s+/);
    if (!/^\d{1,3}$/.test(version) || Number(version) < 1 || Number(version) > 255) throw new KeyFolderError(`${join(folder.path, 'token-ring')} has a line without a version 1…255`);
    return { version: Number(version), key: keyOf(folder, 'token-ring', key) };
  });
  if (ring.length === 0 || new Set(ring.map(({ version }) => version)).size !== ring.length) throw new KeyFolderError(`${join(folder.path, 'token-ring')} is empty or names a version twice`);
  return ring.sort((a, b) => b.version - a.version);
}

function readPrivateKey(folder: KeyFolder, file: string): KeyObject {
  try {
    const key = createPrivateKey(folder.read(file));
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch (error) {
    if (error instanceof KeyFolderError) throw error;
  }
  throw new KeyFolderError(`${join(folder.path, file)} does not hold an Ed25519 private key (PKCS#8, PEM)`);
}
