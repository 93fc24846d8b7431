import { AppError, CATEGORIES, isAppError, ok, refused, type Clock, type IdSource, type ItemResult, type Mode } from '@nexoramail/kernel';
import { addressToken, parseAddress } from '@nexoramail/mail';
import { invalidSuppression, isEventReason, isLocked, type Suppression } from '../domain/suppression.js';
import type { SuppressionStore } from './ports/suppression-store.js';

/** One recipient that bounced, complained or unsubscribed. */
export interface SuppressItem {
  readonly accountId: string;
  readonly mode: Mode;
  readonly address: string;
  readonly origin: string;
  readonly sourceEventId: string;
  readonly messageId: string | undefined;
  /** For an unsubscribe: what it is about; empty: everything that is not essential. */
  readonly category: string;
}

/** The entry that an event causes, with an id of its own. Throws `validation_failed`. `tokenKey`: the deployment's address-token key. */
export function suppressionOf(item: SuppressItem, ids: IdSource, tokenKey: Uint8Array, at: Date): Suppression {
  const { origin: reason, category, sourceEventId } = item;
  if (!isEventReason(reason)) throw invalidSuppression([{ pointer: '/origin', code: 'unknown_origin', message: 'The origin is hard_bounce, complaint or unsubscribe.' }]);
  if (sourceEventId === '') throw invalidSuppression([{ pointer: '/source_event_id', code: 'required', message: 'The event that caused it is its key.' }]);
  const address = parseAddress(item.address, { pointer: '/address' });
  const inCategory = reason === 'unsubscribe' && Object.hasOwn(CATEGORIES, category);
  return {
    id: ids.uuid(), accountId: item.accountId, mode: item.mode, reason, sourceEventId,
    scope: inCategory ? 'category' : 'account',
    category: inCategory ? category : '',
    token: addressToken(tokenKey, address),
    address: address.email,
    locked: isLocked(reason),
    note: '',
    messageId: item.messageId,
    createdAt: at,
    expiresAt: undefined,
  };
}

/** Suppresses after bounces and complaints, item by item, in one commit for the batch. Idempotent on the event. */
export class SuppressRecipientsHandler {
  constructor(private readonly store: SuppressionStore, private readonly tokenKey: Uint8Array, private readonly ids: IdSource, private readonly clock: Clock) {}

  async execute(items: readonly SuppressItem[]): Promise<readonly ItemResult<Suppression>[]> {
    const at = this.clock.now();
    const entries = items.map((item) => this.entryOf(item, at));
    const wanted = entries.filter((entry): entry is Suppression => !isAppError(entry));
    const held = wanted.length > 0 ? await this.store.addFromEvents(wanted, at) : [];
    const results = new Map(wanted.map((entry, index) => [entry, held[index]]));
    return entries.map((entry) => {
      if (isAppError(entry)) return refused(entry);
      const now = results.get(entry);
      return now ? ok(now) : refused(new AppError('conflict', 'This event was handled before, and its entry has been lifted since.'));
    });
  }

  private entryOf(item: SuppressItem, at: Date): Suppression | AppError {
    try {
      return suppressionOf(item, this.ids, this.tokenKey, at);
    } catch (error) {
      if (isAppError(error)) return error;
      throw error;
    }
  }
}
