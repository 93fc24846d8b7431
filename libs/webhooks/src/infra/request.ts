import type { Scope } from '@nexoramail/contracts';
import { AppError } from '@nexoramail/kernel';
import type { EndpointScope } from '../domain/endpoint.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** True for a UUID in its canonical form; anything else names nothing. */
export const isUuid = (text: string): boolean => UUID.test(text);

/** Whose data a call is about. Throws `validation_failed` when it does not say: our callers always do. */
export function scopeOf(scope: Scope | undefined): EndpointScope {
  if (scope === undefined || !isUuid(scope.accountId) || (scope.mode !== 'live' && scope.mode !== 'test')) {
    throw new AppError('validation_failed', 'The call does not say whose data it is about.');
  }
  return { accountId: scope.accountId, mode: scope.mode };
}

/** The endpoint's UUID; what is none names nothing: `not_found`. */
export function endpointIdOf(text: string): string {
  if (!isUuid(text)) throw new AppError('not_found', 'There is no such webhook endpoint.');
  return text;
}
