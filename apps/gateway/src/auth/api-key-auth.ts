import type { Principal } from '@nexoramail/contracts';
import { API_SCOPES, AppError, type ApiScope, type Mode } from '@nexoramail/kernel';
import type { Caller } from './caller.js';

const unauthorized = (detail: string): AppError => new AppError('unauthorized', detail);
const HOW = 'Send `Authorization: Bearer nxm_live_…` with an API key of this account.';

/** The key of an `Authorization` header; each wrong form has a text of its own. A key in the URL is refused before. */
export function keyOfHeader(header: string | undefined): string {
  if (header === undefined || header === '') throw unauthorized(`The request has no Authorization header. ${HOW}`);
  const [scheme = '', credentials, ...rest] = header.split(' ');
  if (scheme.toLowerCase() === 'basic') throw unauthorized(`Basic authentication is not supported. ${HOW}`);
  if (scheme.startsWith('nxm_')) throw unauthorized(`The word Bearer is missing before the key. ${HOW}`);
  if (scheme.toLowerCase() !== 'bearer' || !credentials || rest.length > 0) throw unauthorized(`The Authorization header is not of the form \`Bearer <key>\`. ${HOW}`);
  return credentials;
}

/** The caller that an API key stands for; scopes that this version does not know are dropped. */
export function callerOfPrincipal(principal: Principal): Caller {
  const known = new Set<string>(API_SCOPES);
  return {
    kind: 'key',
    accountId: principal.accountId,
    accountRef: principal.accountRef,
    mode: principal.mode as Mode,
    credentialId: principal.keyId,
    scopes: new Set(principal.scopes.filter((scope): scope is ApiScope => known.has(scope))),
    defaultCategory: principal.defaultCategory,
    plan: principal.plan,
    userId: '',
    role: '',
  };
}
