import { AppError } from '@nexoramail/kernel';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** True for a UUID as all contracts write it: lower case, with hyphens. */
export const isUuid = (text: string): boolean => UUID.test(text);

/** An id that names an existing thing; what has not the form of one names nothing: `not_found`. */
export function knownId(id: string, what: string): string {
  if (isUuid(id)) return id;
  throw new AppError('not_found', `There is no such ${what}.`);
}

/** An id that the caller chose for something new. */
export function newId(id: string, pointer: string): string {
  if (isUuid(id)) return id;
  const message = 'The id must be a UUID in lower case.';
  throw new AppError('validation_failed', message, { errors: [{ pointer, code: 'uuid', message }] });
}
