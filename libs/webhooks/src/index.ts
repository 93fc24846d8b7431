export { MIGRATIONS } from './infra/migrations.js';
export { WebhooksModule, WebhooksService, type WebhooksConfig } from './infra/webhooks.module.js';
