import type { Scheduler } from '@nexoramail/mail';
import type { SandboxCertificates } from './certificates.js';
import type { Counters } from './counters.js';
import type { DnsZone } from './dns-zone.js';
import type { MailboxRules, MailboxVerdict } from './mailbox-rules.js';
import type { Script } from './script.js';
import type { StoredTls } from './store.js';

/** What one session took in. */
export interface Delivery {
  readonly from: string;
  readonly recipients: readonly { readonly address: string; readonly verdict: MailboxVerdict }[];
  readonly raw: Buffer;
  readonly tls: StoredTls | null;
  readonly session: number;
}

/** What a session asks of the sink. */
export interface SinkContext {
  readonly script: Script;
  readonly rules: MailboxRules;
  readonly zone: DnsZone;
  readonly counters: Counters;
  readonly certificates: SandboxCertificates;
  readonly scheduler: Scheduler;
  readonly maxOctets: number;
  readonly idleMs: number;
  refuses(localAddress: string): boolean;
  mxHostsOf(addresses: readonly string[]): string[];
  /** Stores a message and gives its id. */
  deliver(delivery: Delivery): string;
  sessionClosed(session: { destroy(): void }): void;
}
