import { webhooksChanges, WebhooksChange } from '@nexoramail/contracts';
import type { OutboxRecord } from '@nexoramail/platform';
import type { EndpointChange } from '../domain/endpoint.js';

/** Makes event ids. */
export interface ChangeIds {
  uuid(): string;
}

/** The outbox record of an endpoint's change of state. */
export function changeRecord(change: EndpointChange, ids: ChangeIds): OutboxRecord {
  return {
    topic: webhooksChanges.name, key: change.accountId, eventId: ids.uuid(), type: `webhook.${change.status}`,
    payload: WebhooksChange.encode(WebhooksChange.fromPartial(change)).finish(),
  };
}
