import { expect, test } from '@jest/globals';
import { UnauthorizedError } from '@nexoramail/sdk';
import { signInAsDemo } from './demo-sign-in.js';

const refused = new UnauthorizedError('used', { code: 'unauthorized', status: 401, requestId: null, retryable: false });

/** Signs in against codes that change with each look, of which some are refused; tells which were tried and whether it waited. */
async function run(codes: string[], refuse: string[], next: 'factor' | 'done' = 'factor'): Promise<{ tried: string[]; waits: number }> {
  const tried: string[] = [];
  let waits = 0;
  await signInAsDemo({ email: 'o@x.example', password: 'p', code: '000000' }, () => { waits += 1; }, {
    signIn: () => Promise.resolve(next),
    readDemo: () => Promise.resolve({ email: '', password: '', code: (codes.length > 1 ? codes.shift() : codes[0]) ?? '' }),
    verifyFactor: (code) => { tried.push(code); return refuse.includes(code) ? Promise.reject(refused) : Promise.resolve(); },
    sleep: () => Promise.resolve(),
  });
  return { tried, waits };
}

test('the code of the moment is used', async () => {
  expect(await run(['111111'], [])).toEqual({ tried: ['111111'], waits: 0 });
  expect(await run(['111111'], [], 'done')).toEqual({ tried: [], waits: 0 });
});

test('a code that was used is not sent again; the next one is awaited', async () => {
  expect(await run(['111111', '111111', '111111', '222222'], ['111111'])).toEqual({ tried: ['111111', '222222'], waits: 1 });
});

test('it gives up after a second refusal, and when no new code comes', async () => {
  await expect(run(['111111', '222222'], ['111111', '222222'])).rejects.toBe(refused);
  await expect(run(['111111'], ['111111'])).rejects.toBe(refused);
});
