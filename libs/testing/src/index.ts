export {
  eventually, ManualTimers, RecordingBus, sharedTablesMigrations, testRuntime, usePostgres, withAdmin, type TestPostgres, type TestRuntimeOptions, type UsePostgresOptions,
} from '@nexoramail/platform/testing';
export { recordOf, uuidOf } from './bus-records.js';
export { describeEventBus, type EventBusUnderTest } from './event-bus.suite.js';
export { describeMigrations } from './migrations.suite.js';
export { freePort } from './free-port.js';
export { ImpatientTimers } from './impatient-timers.js';
export { aMailEvent, aMailStep, MESSAGE_ID, MESSAGE_TIME, recordFor } from './builders.js';
export { Ledger, type LedgerVerdict } from './ledger.js';
