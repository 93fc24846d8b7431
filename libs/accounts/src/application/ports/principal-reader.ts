import type { Principal } from '../../domain/api-key.js';

/** The hot path of every request: hashes to principals. */
export interface PrincipalReader {
  /** One answer per hash, in order, in one round trip; undefined where no key opens anything at `now`. */
  find(hashes: readonly Uint8Array[], now: Date): Promise<readonly (Principal | undefined)[]>;
}

/** Notes that keys were used, in batches: see `lastUsedAt`. */
export interface KeyUse {
  /** Remembers and returns at once. */
  note(keyIds: readonly string[], at: Date): void;
}
