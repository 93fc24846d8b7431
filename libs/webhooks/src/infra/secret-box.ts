import { open, seal } from '@nexoramail/platform';
import type { SigningKey } from '../application/ports.js';

/** Seals signing keys for the table. Bound to endpoint and key id: a sealed key copied to another row does not open. */
export class SecretBox {
  /** `key`: 32 bytes derived from the master key under the label `webhook-secret`. */
  constructor(private readonly key: Uint8Array) {}

  seal(endpointId: string, { id, key }: SigningKey): Buffer {
    return Buffer.from(seal(this.key, key, place(endpointId, id)));
  }

  open(endpointId: string, id: string, sealed: Uint8Array): Uint8Array {
    return open(this.key, sealed, place(endpointId, id));
  }
}

const place = (endpointId: string, id: string): Uint8Array => Buffer.from(`webhook-secret/${endpointId}/${id}`);
