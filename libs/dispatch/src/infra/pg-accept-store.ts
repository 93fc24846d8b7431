import { AppError, isAppError, type Clock, type IdSource, type Mode } from '@nexoramail/kernel';
import { Coalescer, isCommitUnknown, type Counter, type Database, type Faults, type Statement, type Wake } from '@nexoramail/platform';
import { statusOf } from '../application/accept/submit-messages.js';
import type { AcceptAnswer, AcceptedMessage, AcceptPlan, AcceptStore } from '../application/ports/accept-ports.js';
import { dayOf } from '../domain/submission.js';
import { ACCEPT_BATCH, acceptValues } from './accept-values.js';
import { decodeAnswer } from './mail-events.js';
import { within } from './within.js';

interface AcceptRow {
  readonly item: number;
  readonly code: string;
  readonly answer: Buffer | null;
  readonly retry_at: Date | null;
}

/** What the accepting commit needs of its process. */
export interface AcceptStoreParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly wall: Clock;
  readonly ids: IdSource;
  readonly wake: Wake;
  readonly faults: Faults;
  readonly batches: Counter;
  readonly items: Counter;
}

const LANES = 2;
/** After these a repeat meets rows. */
const STORED = new Set(['ok', 'known', 'replay']);
const DAYS_AHEAD = 31;
/** A door answers 503 or 451 within 2 s when the database stands still. */
const PATIENCE_MS = 1_800;

const tooLong = (): AppError => new AppError('temporarily_unavailable', 'The database did not confirm the message in time. Repeat the request.', { retryAfterS: 2 });

const FIND_MESSAGE: Statement = {
  name: 'dispatch_find_accepted',
  text: `SELECT m.id, m.created_at, m.message_id_header, r.address, r.status, r.reason, q.state FROM message m
    JOIN recipient r ON r.release_day = m.release_day AND r.message_id = m.id LEFT JOIN queue q ON q.message_id = m.id AND q.n = r.n
    WHERE m.release_day >= $4::date AND m.release_day <= $4::date + ${DAYS_AHEAD} AND m.id = $3 AND m.account_id = $1 AND m.mode = $2 ORDER BY r.n`,
};
const FIND_REPLAY: Statement = {
  name: 'dispatch_find_replay',
  text: 'SELECT body_hash, answer FROM idempotency WHERE account_id = $1 AND mode = $2 AND key = $3 AND expires_at > $4',
};
const FIND_REPLAYS: Statement = {
  name: 'dispatch_find_replays',
  text: 'SELECT key, body_hash, answer FROM idempotency WHERE account_id = $1 AND mode = $2 AND key = ANY ($3) AND expires_at > $4',
};

/**
 * The accepting commit. Two lanes by account, so that a hot account's row lock delays one only; each lane joins what waits into one statement.
 * A failed statement is repeated in halves with the same ids; one whose commit is unknown is asked again on a new connection.
 */
export class PgAcceptStore implements AcceptStore {
  private readonly lanes: readonly Coalescer<AcceptPlan, AcceptAnswer>[];

  constructor(private readonly parts: AcceptStoreParts) {
    this.lanes = Array.from({ length: LANES }, () => new Coalescer<AcceptPlan, AcceptAnswer>({
      send: (plans) => this.send(plans),
      sizeOf: (plan) => plan.sealed.frames.reduce((sum, frame) => sum + frame.byteLength, 1_000),
      splitOnFailure: (error) => !isAppError(error),
    }));
  }

  accept(plan: AcceptPlan): Promise<AcceptAnswer> {
    const lane = this.lanes[Number.parseInt(plan.message.accountId.slice(-2), 16) % LANES] ?? this.lanes[0];
    if (!lane) throw new Error('There is no lane');
    return lane.submit(plan);
  }

  async acceptTogether(plans: readonly AcceptPlan[]): Promise<AcceptAnswer[]> {
    const { batches, items } = this.parts;
    const rows = await this.undoable(plans, (answers) => answers.every(({ code }) => STORED.has(code)));
    batches.add(1);
    items.add(plans.length);
    return rows.map(answerOf);
  }

  async rehearse(plan: AcceptPlan): Promise<AcceptAnswer> {
    const [row] = await this.undoable([plan], () => false);
    if (!row) throw new Error('An item was not answered');
    return answerOf(row);
  }

  /** The accepting statement in a transaction that is taken back unless `keep` says otherwise. */
  private async undoable(plans: readonly AcceptPlan[], keep: (rows: readonly AcceptRow[]) => boolean): Promise<AcceptRow[]> {
    const { db, clock, wall, ids, faults, wake } = this.parts;
    const values = acceptValues(plans, clock.now(), wall.now(), ids);
    let rows: AcceptRow[] = [];
    let undone = false;
    const run = (): Promise<void> => db.transaction(async (tx) => {
      ({ rows } = await tx.query<AcceptRow>(ACCEPT_BATCH, values));
      undone = !keep(rows);
      if (undone) throw new Error('Nothing of it is kept');
      await faults.point('accept.before-commit');
    }).catch((error: unknown) => {
      if (!undone) throw error;
    });
    const told = run().catch((error: unknown) => {
      if (isCommitUnknown(error)) return run();
      throw error;
    });
    await within(told, PATIENCE_MS, () => { throw tooLong(); });
    if (undone) return rows;
    await faults.point('accept.after-commit');
    wake.signal('outbox:mail');
    wake.signal('queue:mail');
    return rows;
  }

  async findAccepted(accountId: string, mode: Mode, messageId: string): Promise<AcceptedMessage | undefined> {
    const day = dayOf(new Date(Number.parseInt(messageId.slice(0, 8) + messageId.slice(9, 13), 16)));
    const { rows } = await this.parts.db.query<{ created_at: Date; message_id_header: string; address: string; status: string; reason: string; state: number | null }>(FIND_MESSAGE, [accountId, mode, messageId, day]);
    const [first] = rows;
    if (!first) return undefined;
    // The first states: what became of them since is told elsewhere.
    const recipients = rows.map(({ address, status, reason, state }) =>
      status === 'suppressed' ? { address, status, reason } : { address, status: state === 1 ? 'scheduled' : 'queued', reason: '' });
    return { messageId, status: statusOf(recipients), createdAt: first.created_at, messageIdHeader: first.message_id_header, recipients, replayed: false };
  }

  async findReplay(accountId: string, mode: Mode, key: string): Promise<{ bodyHash: Uint8Array; answer: AcceptedMessage } | undefined> {
    const { rows } = await this.parts.db.query<{ body_hash: Buffer; answer: Buffer }>(FIND_REPLAY, [accountId, mode, key, this.parts.clock.now()]);
    const [row] = rows;
    return row && { bodyHash: row.body_hash, answer: decodeAnswer(row.answer) };
  }

  async findReplays(accountId: string, mode: Mode, keys: readonly string[]): Promise<Map<string, { bodyHash: Uint8Array; answer: AcceptedMessage }>> {
    const { rows } = await this.parts.db.query<{ key: string; body_hash: Buffer; answer: Buffer }>(FIND_REPLAYS, [accountId, mode, keys, this.parts.clock.now()]);
    return new Map(rows.map(({ key, body_hash: bodyHash, answer }) => [key, { bodyHash, answer: decodeAnswer(answer) }]));
  }

  /** Takes no more messages; resolves when those in hand are answered. */
  async close(): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.close()));
  }

  /** A key or id that stands twice in one batch is settled before the statement: the later ones go after it and meet the first one's rows. */
  private async send(plans: readonly AcceptPlan[]): Promise<AcceptAnswer[]> {
    const seen = new Set<string>();
    const first: number[] = [];
    const later: number[] = [];
    plans.forEach(({ message }, index) => {
      const names = [message.id, ...(message.idempotencyKey === '' ? [] : [`${message.accountId} ${message.mode} ${message.idempotencyKey}`])];
      (names.some((name) => seen.has(name)) ? later : first).push(index);
      for (const name of names) seen.add(name);
    });
    const answers: AcceptAnswer[] = [];
    const settle = async (places: readonly number[]): Promise<void> => {
      const batch = places.flatMap((place) => plans[place] ?? []);
      (await this.commit(batch)).forEach((answer, i) => (answers[places[i] ?? 0] = answer));
    };
    await settle(first);
    // What the first ones stored answers the others in one go; where one left nothing, its followers come one after another.
    const stored = first.every((place) => STORED.has(answers[place]?.code ?? ''));
    if (stored && later.length > 0) await settle(later);
    else for (const place of later) await settle([place]);
    return answers;
  }

  private async commit(plans: readonly AcceptPlan[]): Promise<AcceptAnswer[]> {
    const { db, clock, wall, ids, faults, wake, batches, items } = this.parts;
    const values = acceptValues(plans, clock.now(), wall.now(), ids);
    await faults.point('accept.before-commit');
    const run = async (): Promise<AcceptRow[]> => (await db.query<AcceptRow>(ACCEPT_BATCH, values)).rows;
    const told = run().catch((error: unknown) => {
      // Unknown: the same ids on a new connection tell whether it was committed.
      if (isCommitUnknown(error)) return run();
      throw error;
    });
    // Never yes from unknown: who waited this long is told to come again with the same ids, whatever becomes of it.
    const rows = await within(told, PATIENCE_MS, () => { throw tooLong(); });
    await faults.point('accept.after-commit');
    batches.add(1);
    items.add(plans.length);
    if (rows.some(({ code }) => code === 'ok')) {
      wake.signal('outbox:mail');
      wake.signal('queue:mail');
    }
    return rows.map(answerOf);
  }
}

function answerOf({ code, answer, retry_at: periodEnd }: AcceptRow): AcceptAnswer {
  if (code === 'replay' && answer) return { code, answer: decodeAnswer(answer) };
  if (code === 'quota_exceeded') return { code, periodEnd: periodEnd ?? new Date(0) };
  return { code } as AcceptAnswer;
}

