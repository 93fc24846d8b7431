import { webhooksChanges, type WebhooksChange } from '@nexoramail/contracts';
import type { Publication } from '@nexoramail/platform';

/** What webhooks tells: an endpoint's change of state. */
export const WEBHOOKS_FACTS: Publication<WebhooksChange> = { topic: webhooksChanges, typeOf: ({ status }) => `webhook.${status}` };
