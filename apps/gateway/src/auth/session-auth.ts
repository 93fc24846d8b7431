import type { GetSessionResponse, IdentityService } from '@nexoramail/contracts';
import { API_SCOPES, AppError, isAppError, type ApiScope } from '@nexoramail/kernel';
import type { Caller } from './caller.js';

/** The session's cookie: `__Host-` needs TLS, so plain loopback has a name without it. */
export const cookieName = (tls: boolean): string => (tls ? '__Host-nexora' : 'nexora');

/** A `Set-Cookie` value for a session token; `expiresAt` undefined clears the cookie. */
export function sessionCookie(tls: boolean, token: string, expiresAt: Date | undefined): string {
  const life = expiresAt === undefined || token === '' ? 'Max-Age=0' : `Expires=${expiresAt.toUTCString()}`;
  return `${cookieName(tls)}=${token}; Path=/; HttpOnly; SameSite=Strict; ${life}${tls ? '; Secure' : ''}`;
}

/** The session token of a Cookie header, or undefined. */
export function tokenOfCookies(header: string | undefined, tls: boolean): string | undefined {
  const prefix = `${cookieName(tls)}=`;
  return header?.split(/;\s*/).find((cookie) => cookie.startsWith(prefix))?.slice(prefix.length) || undefined;
}

/** Roles that may only look. */
const READ_ONLY_ROLES = new Set(['viewer', 'staff_support']);
const READS = new Set<ApiScope>(API_SCOPES.filter((scope) => scope.endsWith(':read')));
const ALL = new Set<ApiScope>(API_SCOPES);

/** What a browser sends besides its cookie. */
export interface SessionRequest {
  readonly token: string;
  readonly method: string;
  readonly mode: string | undefined;
  readonly csrf: string | undefined;
  readonly origin: string | undefined;
  readonly host: string | undefined;
}

/** Turns session cookies into people and callers. Asks accounts each time: a session that was ended is dead at once. */
export class SessionAuth {
  constructor(private readonly identity: Pick<IdentityService, 'getSession'>) {}

  /** The signed-in person; `unauthorized` with a text for the sign-in page. */
  async person(token: string | undefined): Promise<GetSessionResponse> {
    if (token === undefined) throw new AppError('unauthorized', 'You are not signed in.');
    return this.identity.getSession({ sessionToken: token }).catch((error: unknown) => {
      if (isAppError(error) && error.code === 'unauthorized') throw new AppError('unauthorized', 'The session has ended. Sign in again.');
      throw error;
    });
  }

  /** The caller behind a session for `/v1` routes: a customer's person, with the CSRF token and a matching Origin on writes. */
  async caller(request: SessionRequest): Promise<Caller> {
    const person = await this.person(request.token);
    this.checkWrite(request, person);
    if (person.accountId === '') throw new AppError('not_found', 'Staff belong to no account: there is nothing to show here.');
    const mode = request.mode ?? 'live';
    if (mode !== 'live' && mode !== 'test') throw new AppError('validation_failed', '`X-Nexora-Mode` must be `live` or `test`.');
    return {
      kind: 'session',
      accountId: person.accountId,
      accountRef: person.accountRef,
      mode,
      credentialId: person.sessionId,
      scopes: READ_ONLY_ROLES.has(person.role) ? READS : ALL,
      defaultCategory: person.defaultCategory,
      plan: person.plan,
      userId: person.userId,
      role: person.role,
    };
  }

  /** Refuses a write without the session's own CSRF token, or from another origin. */
  checkWrite({ method, csrf, origin, host }: Omit<SessionRequest, 'token' | 'mode'>, person: GetSessionResponse): void {
    if (method === 'GET' || method === 'HEAD') return;
    if (csrf !== person.csrfToken) throw new AppError('unauthorized', 'The `X-Nexora-Csrf` header is missing or not of this session. Reload the page.');
    checkOrigin(origin, host);
  }
}

/** Refuses a request that a page of another origin sent. */
export function checkOrigin(origin: string | undefined, host: string | undefined): void {
  if (origin === undefined) throw new AppError('unauthorized', 'The request has no Origin header: writes of a session come from the dashboard.');
  if (!URL.canParse(origin) || new URL(origin).host !== host) throw new AppError('unauthorized', 'The request comes from another origin.');
}
