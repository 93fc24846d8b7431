import { AppError, publicId, type Clock, type IdSource } from '@nexoramail/kernel';
import type { EndpointScope } from '../domain/endpoint.js';
import { TEST_EVENT_TYPE } from '../domain/event-filter.js';
import { found } from './get-endpoint.js';
import { eventBody } from '../domain/event-body.js';
import type { EndpointStore, OutgoingEvent } from './ports.js';

/** Stores an event for one endpoint. */
export interface TestEvents {
  addFor(endpointId: string, event: OutgoingEvent, now: Date): Promise<void>;
}

/** Queues an event of type `webhook.test` for this endpoint only, whatever its filter. `not_found`; `conflict` when it is not active. Answers the event's id. */
export class TestEndpoint {
  constructor(
    private readonly store: EndpointStore, private readonly events: TestEvents, private readonly clock: Clock, private readonly ids: IdSource,
    private readonly wake: () => void,
  ) {}

  async execute(scope: EndpointScope, id: string): Promise<string> {
    const endpoint = found(await this.store.find(scope, id));
    if (endpoint.status !== 'active') throw new AppError('conflict', `The endpoint is ${endpoint.status}. Enable it, then test it.`);
    const now = this.clock.now();
    const eventId = publicId('evt', this.ids.uuid(), 0);
    const data = { webhook_id: publicId('whk', id), message: 'This is a test event. Answer it with any 2xx status.', test: scope.mode === 'test' };
    await this.events.addFor(id, { ...scope, eventId, type: TEST_EVENT_TYPE, body: () => eventBody(TEST_EVENT_TYPE, now, data) }, now);
    this.wake();
    return eventId;
  }
}
