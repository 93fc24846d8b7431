import { AppError, CATEGORIES, type FieldError, type Mode } from '@nexoramail/kernel';

/** Why an address must not be mailed. */
export type SuppressionReason = 'manual' | 'hard_bounce' | 'unsubscribe' | 'complaint';

/** A stronger entry replaces a weaker one of the same scope. Complaints and unsubscribes are the recipient's word: the customer cannot lift them (policy.md §8.3). */
const REASONS: Readonly<Record<SuppressionReason, { readonly strength: number; readonly locked: boolean }>> = {
  manual: { strength: 1, locked: false },
  hard_bounce: { strength: 2, locked: false },
  unsubscribe: { strength: 3, locked: true },
  complaint: { strength: 4, locked: true },
};

/** An entry of the suppression list. */
export interface Suppression {
  readonly id: string;
  readonly accountId: string;
  readonly mode: Mode;
  readonly scope: 'account' | 'category';
  /** Empty for the whole account. */
  readonly category: string;
  /** Ten bytes that all spellings of the mailbox share (`libs/mail` addressToken). */
  readonly token: Uint8Array;
  readonly address: string;
  readonly reason: SuppressionReason;
  readonly locked: boolean;
  readonly note: string;
  /** `evt_…` of the event that caused it; empty when made by hand. */
  readonly sourceEventId: string;
  readonly messageId: string | undefined;
  readonly createdAt: Date;
  readonly expiresAt: Date | undefined;
}

/** How strong a reason is: 1…4. */
export const strengthOf = (reason: SuppressionReason): number => REASONS[reason].strength;

/** Whether the customer may not lift it. */
export const isLocked = (reason: SuppressionReason): boolean => REASONS[reason].locked;

/** What a bounce, complaint or unsubscribe gives as its origin. */
export function isEventReason(text: string): text is Exclude<SuppressionReason, 'manual'> {
  return text === 'hard_bounce' || text === 'complaint' || text === 'unsubscribe';
}

/** A filter of lists: empty or a reason. Throws `validation_failed`. */
export function reasonFilter(text: string): SuppressionReason | undefined {
  if (text === '') return undefined;
  if (Object.hasOwn(REASONS, text)) return text as SuppressionReason;
  throw invalidSuppression([{ pointer: '/reason', code: 'unknown_reason', message: `This is no reason. Known are ${Object.keys(REASONS).join(', ')}.` }]);
}

/** What a customer asks to suppress, checked: scope, category, note of ≤500 characters, an end in the future. Throws with every fault. */
export function checkManual(
  wish: { readonly scope: string; readonly category: string; readonly note: string; readonly expiresAt: Date | undefined },
  now: Date,
): { readonly scope: 'account' | 'category'; readonly category: string; readonly note: string; readonly expiresAt: Date | undefined } {
  const { category, expiresAt } = wish;
  const errors: FieldError[] = [];
  const scope = wish.scope === '' ? 'account' : wish.scope;
  const note = wish.note.trim();
  if (scope !== 'account' && scope !== 'category') errors.push({ pointer: '/scope', code: 'unknown_scope', message: 'The scope is account or category.' });
  if (scope === 'category' && !Object.hasOwn(CATEGORIES, category)) errors.push({ pointer: '/category', code: 'unknown_category', message: 'Name one of the permitted categories.' });
  if (scope === 'account' && category !== '') errors.push({ pointer: '/category', code: 'not_allowed', message: 'A category belongs to the scope category only.' });
  if (note.length > 500) errors.push({ pointer: '/note', code: 'too_long', message: 'A note has at most 500 characters.' });
  if (expiresAt !== undefined && expiresAt <= now) errors.push({ pointer: '/expires_at', code: 'in_the_past', message: 'The end lies in the future.' });
  if (errors.length > 0) throw invalidSuppression(errors);
  return { scope: scope as 'account' | 'category', category, note, expiresAt };
}

/** The refusal of faulty fields. */
export function invalidSuppression(errors: readonly FieldError[]): AppError {
  return new AppError('validation_failed', errors[0]?.message ?? 'The request is not valid.', { errors });
}

/** The refusal to lift a locked entry. */
export function suppressionLocked(): AppError {
  return new AppError('suppression_locked', 'The recipient complained or unsubscribed. Only the recipient can take that back.');
}

/** The refusal for an address without an entry. */
export function noSuchSuppression(): AppError {
  return new AppError('not_found', 'This address is not suppressed.');
}
