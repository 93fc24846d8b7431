import type { Statement } from '@nexoramail/platform';
import type { Finish } from '../application/ports/deliver-ports.js';
import { recipientEvent } from './mail-events.js';
import { Blob, replyJson } from './sql-values.js';

const PARAMETERS = 22;
const NIL = '00000000-0000-0000-0000-000000000000';

/** `mail.finish_batch`: see the migration. Answers the items (from 1) whose token still matched. */
export const FINISH: Statement = { name: 'dispatch_finish', text: `SELECT item FROM finish_batch(${Array.from({ length: PARAMETERS }, (_, i) => `$${i + 1}`).join(', ')}) AS item` };

/** The parameters of {@link FINISH} for these finishes, in order. */
export function finishValues(batch: readonly Finish[], now: Date): unknown[] {
  const blob = new Blob();
  const events = batch.map(({ row, steps, attempt }) => (steps.length === 0 ? new Uint8Array() : recipientEvent(row, steps, attempt)));
  const starts = events.map((event) => blob.add(event));
  return [
    now, blob.bytes(),
    batch.map(({ row }) => row.messageId), batch.map(({ row }) => row.n), batch.map(({ row }) => row.releaseDay), batch.map(({ row }) => row.token),
    batch.map(({ kind }) => kind), batch.map(({ status }) => status), batch.map(({ reason }) => reason), batch.map(({ tries }) => tries),
    batch.map(({ unknowns }) => unknowns), batch.map(({ sent }) => sent), batch.map(({ state }) => state), batch.map(({ runAt }) => runAt),
    batch.map(({ reply }) => replyJson(reply)), batch.map(({ row }) => row.ordered || row.sensitive), batch.map(({ row }) => row.sensitive),
    batch.map(({ row }) => row.accountId), batch.map(({ eventId }) => eventId || NIL), batch.map(({ steps }) => steps.at(-1)?.type ?? ''),
    starts, events.map((event) => event.byteLength),
  ];
}
