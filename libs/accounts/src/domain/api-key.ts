import { API_SCOPES, AppError, type ApiScope, type FieldError, type Mode } from '@nexoramail/kernel';

/** An API key without its secret. */
export interface ApiKey {
  readonly id: string;
  readonly accountId: string;
  readonly mode: Mode;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: readonly string[];
  readonly createdAt: Date;
  readonly lastUsedAt: Date | undefined;
  readonly expiresAt: Date | undefined;
  readonly revokedAt: Date | undefined;
}

/** Who a key stands for (`proto` Principal). */
export interface Principal {
  readonly keyId: string;
  readonly accountId: string;
  readonly accountRef: number;
  readonly mode: Mode;
  readonly scopes: readonly string[];
  readonly defaultCategory: string;
  readonly plan: string;
  readonly expiresAt: Date | undefined;
}

/** Keys of an account that are neither revoked nor expired: more are refused as `conflict`. */
export const MAX_LIVE_KEYS = 200;

const KNOWN = new Set<string>(API_SCOPES);
const isScope = (text: string): text is ApiScope => KNOWN.has(text);

/** What a caller asks a new key to be. */
export interface ApiKeyWish {
  readonly mode: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expiresAt: Date | undefined;
}

/** The checked wish: name trimmed, scopes once each and in their order, all of them when none is named. Throws `validation_failed` with every fault. */
export function checkApiKeyWish(wish: ApiKeyWish, now: Date): { readonly mode: Mode; readonly name: string; readonly scopes: readonly ApiScope[]; readonly expiresAt: Date | undefined } {
  const errors: FieldError[] = [];
  const name = wish.name.trim();
  if (name === '' || name.length > 100) errors.push({ pointer: '/name', code: 'length', message: 'The name of a key has 1 to 100 characters.' });
  if (wish.mode !== 'live' && wish.mode !== 'test') errors.push({ pointer: '/mode', code: 'unknown_mode', message: 'The mode is live or test.' });
  for (const [index, scope] of wish.scopes.entries()) {
    if (!isScope(scope)) errors.push({ pointer: `/scopes/${index}`, code: 'unknown_scope', message: `This is no scope. Known are ${API_SCOPES.join(', ')}.` });
  }
  if (wish.expiresAt !== undefined && wish.expiresAt <= now) errors.push({ pointer: '/expires_at', code: 'in_the_past', message: 'The end of a key lies in the future.' });
  const [first] = errors;
  if (first) throw new AppError('validation_failed', first.message, { errors });
  const asked = new Set(wish.scopes);
  return { mode: wish.mode as Mode, name, scopes: API_SCOPES.filter((scope) => asked.size === 0 || asked.has(scope)), expiresAt: wish.expiresAt };
}
