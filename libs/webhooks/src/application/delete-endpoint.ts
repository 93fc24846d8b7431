import type { Clock } from '@nexoramail/kernel';
import type { EndpointScope } from '../domain/endpoint.js';
import { found } from './get-endpoint.js';
import type { EndpointStore } from './ports.js';

/** Removes an endpoint and what waits for it. `not_found`. A post under way ends; its result is dropped. */
export class DeleteEndpoint {
  constructor(private readonly store: EndpointStore, private readonly clock: Clock) {}

  async execute(scope: EndpointScope, id: string): Promise<void> {
    found((await this.store.remove(scope, id, this.clock.now())) || undefined);
  }
}
