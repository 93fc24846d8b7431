export { MIGRATIONS } from './infra/migrations.js';
export { WEBHOOKS_TABLES, WebhooksModule, WebhooksService, type WebhooksConfig } from './infra/webhooks.module.js';
export { EVENT_TYPES, TEST_EVENT_TYPE } from './domain/event-filter.js';
