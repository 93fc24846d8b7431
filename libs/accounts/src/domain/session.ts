/** A session ends this long after the sign-in, whatever happens. */
export const SESSION_MAX_MS = 12 * 3_600_000;
/** A session ends this long after its last use. */
export const SESSION_IDLE_MS = 3_600_000;
/** Time for typing the code of the second factor. */
export const FACTOR_MAX_MS = 10 * 60_000;
/** The last use is written at most this often. */
export const SEEN_EVERY_MS = 60_000;

/** `factor` waits for the second factor and opens nothing; `done` is signed in. */
export type SessionState = 'factor' | 'done';

/** A sign-in as stored; the token itself is known to the browser only. */
export interface Session {
  readonly id: string;
  readonly userId: string;
  readonly state: SessionState;
  readonly createdAt: Date;
  readonly seenAt: Date;
  readonly expiresAt: Date;
}

/** When a session that begins now ends. */
export function sessionEnd(state: SessionState, now: Date): Date {
  return new Date(now.getTime() + (state === 'factor' ? FACTOR_MAX_MS : SESSION_MAX_MS));
}

/** True while a session may be used: not past its end, not idle for too long. */
export function isAlive(session: Pick<Session, 'seenAt' | 'expiresAt'>, now: Date): boolean {
  return now < session.expiresAt && now.getTime() - session.seenAt.getTime() < SESSION_IDLE_MS;
}
