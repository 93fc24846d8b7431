export { INTERNET_DELIVERY, type DeliverySettings } from './infra/build-deliver.js';
export { DispatchModule, type DispatchConfig } from './infra/dispatch.module.js';
export type { Smarthost } from './infra/smarthost-transport.js';
export { MIGRATIONS } from './migrations.js';
