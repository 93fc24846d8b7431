import { FetchTransport, NotFoundError, UnauthorizedError, type ApiRequest } from '@nexoramail/sdk';
import { queryOptions } from '@tanstack/react-query';

/** The signed-in person. `account` is null for staff. */
export interface Session {
  readonly user: { readonly id: string; readonly email: string; readonly role: string; readonly staff: boolean };
  readonly account: { readonly id: string; readonly name: string; readonly plan: string } | null;
  readonly csrf_token: string;
  readonly expires_at: string | null;
}

/** What the embedded default offers on its sign-in page. */
export interface DemoAccount {
  readonly email: string;
  readonly password: string;
  /** The code of this moment; each works once. */
  readonly code: string;
}

const transport = new FetchTransport({ baseUrl: '', headers: () => ({}), credentials: 'same-origin', maxRetries: 1 });
const call = (method: ApiRequest['method'], path: string, body?: unknown): Promise<unknown> => transport.request({ method, path: `/session/v1/${path}`, ...(body !== undefined && { body }) });

/** Key of the session among the queries. */
export const SESSION_KEY = ['session'] as const;

/** The session; null when nobody is signed in. */
export const sessionQuery = queryOptions({ queryKey: SESSION_KEY, queryFn: () => orNull<Session, UnauthorizedError>(call('GET', 'me'), UnauthorizedError), staleTime: 60_000 });

/** The demo account; null where there is none, and where asking fails: the form works without it. */
export const demoQuery = queryOptions({ queryKey: ['demo'], queryFn: () => readDemo().catch(() => null), staleTime: 5_000 });

/** Address, password and present code of the demo account. */
export async function readDemo(): Promise<DemoAccount | null> {
  return orNull<DemoAccount, NotFoundError>(call('GET', 'demo'), NotFoundError);
}

/** First step; tells whether a code is wanted too. */
export async function signIn(email: string, password: string): Promise<'factor' | 'done'> {
  const answer = (await call('POST', 'sign-in', { email, password })) as { next?: unknown } | undefined;
  return answer?.next === 'factor' ? 'factor' : 'done';
}

/** Second step. */
export async function verifyFactor(code: string): Promise<void> {
  await call('POST', 'factor', { code });
}

/** Ends the session; one that has ended already is no error. */
export async function signOut(csrf: string): Promise<void> {
  const leaving = new FetchTransport({ baseUrl: '', headers: () => ({ 'X-Nexora-Csrf': csrf }), credentials: 'same-origin', maxRetries: 1 });
  await orNull(leaving.request({ method: 'POST', path: '/session/v1/sign-out' }), UnauthorizedError);
}

async function orNull<T, E extends Error>(answer: Promise<unknown>, type: new (...args: never[]) => E): Promise<T | null> {
  try {
    return (await answer) as T;
  } catch (error) {
    if (error instanceof type) return null;
    throw error;
  }
}
