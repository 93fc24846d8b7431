import type { Scope } from '@nexoramail/contracts';
import { AppError, type Mode } from '@nexoramail/kernel';
import { knownId } from './ids.js';

/** The account of a scope; `not_found` when it names none. */
export const accountOf = (scope: Scope | undefined): string => knownId(scope?.accountId ?? '', 'account');

/** Account and mode of a scope. Throws `not_found` for what names no account, `validation_failed` for another mode. */
export function scopeOf(scope: Scope | undefined): { readonly accountId: string; readonly mode: Mode } {
  return { accountId: accountOf(scope), mode: modeOf(scope?.mode ?? '') };
}

/** A mode by its name. Throws `validation_failed`. */
export function modeOf(mode: string): Mode {
  if (mode === 'live' || mode === 'test') return mode;
  const message = 'The mode is live or test.';
  throw new AppError('validation_failed', message, { errors: [{ pointer: '/mode', code: 'unknown_mode', message }] });
}
