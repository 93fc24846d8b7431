import { Fault, type Io } from './io.js';

const LIMIT_MS = 20_000;

/**
 * Moves the embedded stack's business time (`interfaces.md` §10). Resolves to `off` where the test clock is not enabled,
 * else to whether all that became due has had its try. Rejects with Fault when the stack answers neither way.
 */
export async function advanceClock(apiUrl: string, seconds: number, io: Pick<Io, 'signal'>): Promise<'off' | 'settled' | 'unsettled'> {
  const response = await fetch(`${apiUrl}/test/clock`, {
    method: 'POST', redirect: 'manual', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ advance_s: seconds }),
    signal: AbortSignal.any([io.signal, AbortSignal.timeout(LIMIT_MS)]),
  });
  const body: unknown = await response.json().catch(() => undefined);
  // 405: a path that only the dashboard's pages know.
  if (response.status === 404 || response.status === 405) return 'off';
  if (response.status !== 200) throw new Fault(`The test clock of ${apiUrl} answered ${response.status}.`);
  return typeof body === 'object' && body !== null && 'settled' in body && body.settled === true ? 'settled' : 'unsettled';
}
