import type { KeyObject } from 'node:crypto';

/** A slice's key. */
export interface EpochKey {
  readonly id: string;
  readonly key: Uint8Array;
}

/** Where epoch keys live: outside Postgres and its backups (`flows.md` §7). Durable before `create` resolves. */
export interface EpochVault {
  /** Stores the key unless there is one of that id; answers the key that holds. */
  create(id: string, key: Uint8Array): Promise<Uint8Array>;
  read(id: string): Promise<Uint8Array | undefined>;
  /** Idempotent. */
  destroy(id: string): Promise<void>;
  list(): Promise<string[]>;
}

/** A slice of acceptance time and when its key must be gone. */
export interface EpochSlice {
  readonly id: string;
  readonly start: Date;
  readonly end: Date;
  readonly destroyBy: Date;
}

/** Rows about epochs: which exist, which are destroyed. */
export interface EpochRegistry {
  /** Records the slice unless it is known; false when it has been destroyed already. */
  open(slice: EpochSlice): Promise<boolean>;
}

/** A DKIM key to have. */
export interface DkimKeyWish {
  readonly accountId: string;
  readonly domainId: string;
  readonly domain: string;
  readonly selector: string;
  readonly algorithm: 'rsa-sha256' | 'ed25519-sha256';
}

/** A key that signs, in memory. `key` is a `KeyObject` of node:crypto. */
export interface SigningKey {
  readonly selector: string;
  readonly key: KeyObject;
}

/** The DKIM keys as they are made and published. Private parts stay inside. */
export interface DkimKeyRecords {
  findRecord(domainId: string, selector: string): Promise<string | undefined>;
  /** Makes the key unless there is one. */
  create(wish: DkimKeyWish): Promise<void>;
}

/** The DKIM keys as they sign. */
export interface SigningKeys {
  /** The first of the selectors that has a key. */
  signingKey(domainId: string, selectors: readonly string[]): Promise<SigningKey | undefined>;
}
