import { ok, refused, type Clock, type ItemResult } from '@nexoramail/kernel';
import type { Principal } from '../domain/api-key.js';
import { deadApiKey } from '../domain/credentials.js';
import type { KeyUse, PrincipalReader } from './ports/principal-reader.js';

/** Turns keyed hashes of API keys into principals: one round trip for the batch; every kind of dead key gets the same answer. */
export class AuthenticateHandler {
  constructor(private readonly principals: PrincipalReader, private readonly use: KeyUse, private readonly clock: Clock) {}

  async execute(hashes: readonly Uint8Array[]): Promise<readonly ItemResult<Principal>[]> {
    const now = this.clock.now();
    const found = await this.principals.find(hashes, now);
    this.use.note(found.flatMap((principal) => principal?.keyId ?? []), now);
    return found.map((principal) => (principal ? ok(principal) : refused(deadApiKey())));
  }
}
