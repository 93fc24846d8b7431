import { AppError, isUuid } from '@nexoramail/kernel';

/** An id that names an existing thing (`what`: 'API key'); what has not the form of one names nothing: `not_found`. */
export function knownId(id: string, what: string): string {
  if (isUuid(id)) return id;
  throw new AppError('not_found', `There is no such ${what}.`);
}

/** An id that the caller chose for something new. Throws `validation_failed` at `pointer`. */
export function newId(id: string, pointer: string): string {
  if (isUuid(id)) return id;
  const message = 'The id must be a UUID in lower case.';
  throw new AppError('validation_failed', message, { errors: [{ pointer, code: 'uuid', message }] });
}
