import { AppError, STANDINGS, type Standing } from '@nexoramail/kernel';

/** What an account may do, with the version that copies follow. Version 0: nobody has decided anything yet. */
export interface AccountStanding {
  readonly accountId: string;
  readonly standing: Standing;
  readonly version: number;
  readonly changedAt: Date | undefined;
  readonly reason: string;
}

/** The standing of an account about which nothing has been decided. */
export const FIRST_STANDING: Standing = 'pending_review';

/** A standing by its name. Throws `validation_failed`. */
export function parseStanding(text: string): Standing {
  const standing = STANDINGS.find((known) => known === text);
  if (standing) return standing;
  const message = `This is no standing. Known are ${STANDINGS.join(', ')}.`;
  throw new AppError('validation_failed', message, { errors: [{ pointer: '/standing', code: 'unknown_standing', message }] });
}

/** Why a standing changes: 1…1,000 characters. Throws `validation_failed`. */
export function standingReason(text: string): string {
  const reason = text.trim();
  if (reason !== '' && reason.length <= 1000) return reason;
  const message = 'A change of standing needs a reason of 1 to 1,000 characters.';
  throw new AppError('validation_failed', message, { errors: [{ pointer: '/reason', code: 'length', message }] });
}

/** Refuses what the ladder (policy.md §7.1) does not have: nothing leads out of `terminated`, or back to before the first review. */
export function checkMove(from: Standing, to: Standing): void {
  if (from === 'terminated') throw new AppError('conflict', 'The account is terminated, which cannot be undone.');
  if (to === 'pending_review' && from !== 'pending_review') throw new AppError('conflict', 'A reviewed account does not go back to before its review.');
}
