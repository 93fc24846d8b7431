import { AppError, parsePublicId, type IdPrefix } from '@nexoramail/kernel';

const WORDS: Partial<Record<IdPrefix, string>> = { em: 'message', dom: 'domain', whk: 'webhook endpoint', key: 'API key' };

/** The UUID behind an outside id. One that cannot be ours is answered like one that is another account's: `not_found`. */
export function uuidOf(prefix: IdPrefix, id: string): string {
  const parsed = parsePublicId(prefix, id);
  if (!parsed) throw notFound(prefix, id);
  return parsed.uuid;
}

/** `not_found` for a resource of this account. */
export function notFound(prefix: IdPrefix, id: string): AppError {
  const word = WORDS[prefix] ?? 'resource';
  return new AppError('not_found', `This account has no ${word} ${JSON.stringify(id.slice(0, 64))} in this mode. Ids of ${word}s begin with \`${prefix}_\`.`);
}
