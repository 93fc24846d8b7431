import type { Clock } from '@nexoramail/kernel';
import type { Endpoint, EndpointScope } from '../domain/endpoint.js';
import { found } from './get-endpoint.js';
import type { EndpointStore } from './ports.js';

/** Makes a paused or disabled endpoint active; what waits for it goes on. `not_found`. An active one stays as it is. */
export class EnableEndpoint {
  constructor(private readonly store: EndpointStore, private readonly clock: Clock, private readonly wake: () => void) {}

  async execute(scope: EndpointScope, id: string): Promise<Endpoint> {
    const endpoint = found(await this.store.setStatus(scope, id, 'active', '', this.clock.now()));
    this.wake();
    return endpoint;
  }
}
