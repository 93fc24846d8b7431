import { describe, expect, test } from '@jest/globals';
import type { AuthenticateRequest, AuthenticateResponse } from '@nexoramail/contracts';
import { generateApiKey, ManualClock, seededRandom } from '@nexoramail/kernel';
import { KeyPrincipals } from './key-principals.js';

const { secret } = generateApiKey('live', seededRandom(1));

class FakeIdentity {
  asked = 0;
  revoked = false;

  authenticate({ keyHashes }: AuthenticateRequest): Promise<AuthenticateResponse> {
    this.asked += 1;
    const principal = { keyId: 'k', accountId: 'a', accountRef: 1n, mode: 'live', scopes: ['emails:send', 'made:up'], defaultCategory: '', plan: 'growth', expiresAt: undefined };
    const refusal = { code: 'unauthorized', detail: 'no', errors: [], retryAfterS: 0 };
    return Promise.resolve({ results: keyHashes.map(() => ({ result: this.revoked ? { $case: 'refused' as const, refused: refusal } : { $case: 'ok' as const, ok: principal } })) });
  }
}

describe('an API key', () => {
  test('sec-S74: is asked for once in 4 s, and a revoked one is dead when they are over', async () => {
    const clock = new ManualClock();
    const identity = new FakeIdentity();
    const auth = new KeyPrincipals(identity, Buffer.alloc(32), clock.monotonic);
    expect(await auth.authenticate(secret)).toMatchObject({ accountId: 'a' });
    identity.revoked = true;
    clock.advance(3_999);
    await auth.authenticate(secret);
    expect(identity.asked).toBe(1);
    clock.advance(1);
    await expect(auth.authenticate(secret)).rejects.toMatchObject({ code: 'unauthorized' });
  });

  test('that is mistyped is refused without asking', async () => {
    const identity = new FakeIdentity();
    const auth = new KeyPrincipals(identity, Buffer.alloc(32), new ManualClock().monotonic);
    await expect(auth.authenticate(`${secret.slice(0, -1)}${secret.endsWith('0') ? '1' : '0'}`)).rejects.toMatchObject({ code: 'unauthorized', message: expect.stringContaining('copied whole') });
    expect(identity.asked).toBe(0);
  });
});
