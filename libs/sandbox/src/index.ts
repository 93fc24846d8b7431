export { Counters, type CounterReport, type SessionFigures } from './counters.js';
export { DnsZone, ZONE_TYPES, type ZoneRecord, type ZoneType } from './dns-zone.js';
export { MailboxRules, type MailboxVerdict, type SandboxReply } from './mailbox-rules.js';
export type { ReportTarget } from './report-sender.js';
export { startSandbox, type Sandbox, type SandboxOptions } from './sandbox.js';
export { Script, SCRIPT_COMMANDS, type ScriptCommand, type ScriptRule } from './script.js';
export { MessageStore, type StoredMessage, type StoredTls, type StoreLimits } from './store.js';
