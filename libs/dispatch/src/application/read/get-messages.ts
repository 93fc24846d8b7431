import { AppError, ok, refused, type ItemResult, type Mode } from '@nexoramail/kernel';
import type { MessageNow, MessageReader } from '../ports/read-ports.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const MAX_IDS = 100;

/** Messages by id, confined to one account and mode. `not_found`: ask tracking, which remembers longer. */
export class GetMessages {
  constructor(private readonly reader: MessageReader) {}

  async execute(accountId: string, mode: string, ids: readonly string[]): Promise<ItemResult<MessageNow>[]> {
    if (ids.length > MAX_IDS) throw new AppError('validation_failed', `At most ${MAX_IDS} messages are read at once.`);
    if (mode !== 'live' && mode !== 'test') throw new AppError('validation_failed', 'The mode is live or test.');
    const known = ids.filter((id) => UUID.test(id));
    const found = known.length === 0 ? [] : await this.reader.find(accountId, mode satisfies Mode, [...new Set(known)]);
    const byId = new Map(found.map((message) => [message.id, message]));
    return ids.map((id) => {
      const message = byId.get(id);
      return message ? ok(message) : refused(new AppError('not_found', 'There is no such message here.'));
    });
  }
}
