import { join } from 'node:path';
import { AccountsServiceService, ScreeningServiceService, StandingsServiceService, type AccountsService, type ScreeningService, type StandingsService } from '@nexoramail/contracts';
import type { Database, Runtime } from '@nexoramail/platform';
import { CheckSubmissions } from '../application/accept/check-submissions.js';
import { SubmitBatch } from '../application/accept/submit-batch.js';
import { SubmitMessages, type SubmitParts } from '../application/accept/submit-messages.js';
import { EpochKeys } from '../application/keys/epoch-keys.js';
import { AccountKeys } from './account-keys.js';
import { ContentCipher } from './content-cipher.js';
import { EpochFolder } from './epoch-folder.js';
import { PartitionedDays } from './partitioned-days.js';
import { PgAcceptStore } from './pg-accept-store.js';
import { PgEpochRegistry } from './pg-epoch-registry.js';
import { PgGates } from './pg-gates.js';
import { PgSwitches, SwitchedIntake } from './pg-switches.js';
import { RpcScreener } from './rpc-screener.js';

/** Keys and ciphers over one database: what both halves of dispatch share. */
export interface ContentParts {
  readonly vault: EpochFolder;
  readonly epochs: EpochKeys;
  readonly cipher: ContentCipher;
}

/** Builds the content's keys and cipher. */
export function buildContent(runtime: Runtime, db: Database): ContentParts {
  const { clock, random, monotonic, keys, dataDir } = runtime;
  const vault = new EpochFolder(join(dataDir, 'epoch'));
  const epochs = new EpochKeys(vault, new PgEpochRegistry(db), clock, random);
  const accounts = new AccountKeys(db, keys.derive('dispatch.account-key'), clock, monotonic, random);
  return { vault, epochs, cipher: new ContentCipher(accounts, epochs, vault, random, monotonic) };
}

/** The accepting half. */
export interface AcceptParts {
  readonly submit: SubmitMessages;
  readonly batch: SubmitBatch;
  readonly check: CheckSubmissions;
  readonly store: PgAcceptStore;
  readonly gates: PgGates;
}

/** Builds the accepting half on a database. */
export function buildAccept(runtime: Runtime, db: Database, content: ContentParts, switches: PgSwitches): AcceptParts {
  const { rpc, clock, wall, ids, wake, faults, telemetry, monotonic, dataDir } = runtime;
  const store = new PgAcceptStore({
    db, clock, wall, ids, wake, faults,
    batches: telemetry.counter('nexora_accept_batches_total', 'Accepting commits'),
    items: telemetry.counter('nexora_accept_items_total', 'Messages in accepting commits'),
  });
  const gates = new PgGates(db, rpc.client<AccountsService>(AccountsServiceService), rpc.client<StandingsService>(StandingsServiceService));
  const parts: SubmitParts = {
    clock, gates, store,
    intake: new SwitchedIntake(switches, dataDir, monotonic),
    screener: new RpcScreener(rpc.client<ScreeningService>(ScreeningServiceService)),
    sealer: content.cipher,
    days: new PartitionedDays(db, clock),
    acceptedPoint: () => faults.point('accept.before-answer'),
  };
  const submit = new SubmitMessages(parts);
  // Any key that holds now will do: what is rehearsed is never sealed.
  const epochId = async (): Promise<string> => (await content.epochs.forAcceptance({ sensitive: false, scheduledAt: undefined, messageId: '' })).id;
  return { submit, batch: new SubmitBatch(parts, submit), check: new CheckSubmissions(parts, epochId), store, gates };
}
