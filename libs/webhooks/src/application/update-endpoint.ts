import type { Endpoint, EndpointScope } from '../domain/endpoint.js';
import { parseFilter } from '../domain/event-filter.js';
import { checkDescription } from './create-endpoint.js';
import { found } from './get-endpoint.js';
import type { EndpointStore, TargetCheck } from './ports.js';

/** What is to change; what is left out stays. */
export interface EndpointPatch {
  readonly url?: string;
  readonly events?: readonly string[];
  readonly description?: string;
}

/** Changes the given fields. Waiting posts go to the new URL. `not_found`; `validation_failed` as at creation. */
export class UpdateEndpoint {
  constructor(private readonly store: EndpointStore, private readonly target: TargetCheck) {}

  async execute(scope: EndpointScope, id: string, { url, events, description }: EndpointPatch): Promise<Endpoint> {
    found(await this.store.find(scope, id));
    return found(await this.store.update(scope, id, {
      ...(events !== undefined && { events: parseFilter(events) }),
      ...(description !== undefined && { description: checkDescription(description) }),
      ...(url !== undefined && { url: await this.target.check(url) }),
    }));
  }
}
