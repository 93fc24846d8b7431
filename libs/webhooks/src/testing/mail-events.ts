import { MailEvent, mailEvents } from '@nexoramail/contracts';
import { IdSource, ManualClock, seededRandom } from '@nexoramail/kernel';
import type { BusRecord } from '@nexoramail/platform';

const ids = new IdSource(new ManualClock(), seededRandom(11));

/** Ids for specs. */
export const uuid = (): string => ids.uuid();

/** A record of one message with these steps, as dispatch writes it. */
export function mailRecord(accountId: string, types: readonly string[] = ['email.delivered'], mode = 'live'): BusRecord {
  const messageId = uuid();
  const value = MailEvent.fromPartial({
    accountId, mode, messageId, context: { messageIdHeader: `<${messageId}@nexora.example>`, category: 'commerce.receipt' },
    steps: types.map((type) => ({ type, recipientIndex: 0, address: 'ann@shop.example', at: new Date('2026-03-01T09:00:00.123Z'), status: 'delivered', attempt: 1 })),
  });
  return { topic: mailEvents.name, key: messageId, eventId: uuid(), type: types[0] ?? 'none', payload: MailEvent.encode(value).finish(), headers: {} };
}
