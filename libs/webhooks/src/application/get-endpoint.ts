import { AppError } from '@nexoramail/kernel';
import type { Endpoint, EndpointScope } from '../domain/endpoint.js';
import type { EndpointStore } from './ports.js';

/** One endpoint. `not_found`, also for another account's. */
export class GetEndpoint {
  constructor(private readonly store: EndpointStore) {}

  async execute(scope: EndpointScope, id: string): Promise<Endpoint> {
    return found(await this.store.find(scope, id));
  }
}

/** The endpoint, or `not_found`. */
export function found<T>(endpoint: T | undefined): T {
  if (endpoint === undefined) throw new AppError('not_found', 'There is no such webhook endpoint.');
  return endpoint;
}
