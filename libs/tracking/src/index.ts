export { MIGRATIONS } from './infra/migrations.js';
export { TrackingModule, TrackingService, type TrackingConfig } from './infra/tracking.module.js';
export type { PublicHttpOptions } from './infra/public-http.js';
