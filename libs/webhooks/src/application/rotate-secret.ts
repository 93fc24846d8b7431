import type { Clock, IdSource, Random } from '@nexoramail/kernel';
import type { Endpoint, EndpointScope } from '../domain/endpoint.js';
import { newKey, secretText } from '../domain/signature.js';
import { found } from './get-endpoint.js';
import type { EndpointStore } from './ports.js';

/** How long the old secret signs along, in milliseconds. */
export const OVERLAP_MS = 24 * 3_600_000;

/** Makes a new secret, which signs at once; the old one signs along for 24 h of business time, older ones no more. `not_found`. */
export class RotateSecret {
  constructor(private readonly store: EndpointStore, private readonly clock: Clock, private readonly ids: IdSource, private readonly random: Random) {}

  async execute(scope: EndpointScope, id: string): Promise<{ endpoint: Endpoint; secret: string; oldSecretUntil: Date }> {
    const endpoint = found(await this.store.find(scope, id));
    const key = newKey(this.random);
    const now = this.clock.now();
    const oldSecretUntil = new Date(now.getTime() + OVERLAP_MS);
    found((await this.store.rotate(scope, id, { id: this.ids.uuid(), key }, now, oldSecretUntil)) || undefined);
    return { endpoint, secret: secretText(key), oldSecretUntil };
  }
}
