import { argon2Sync } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { isAppError, seededRandom } from '@nexoramail/kernel';
import { Argon2Hasher } from './argon2-hasher.js';

const hasher = new Argon2Hasher(seededRandom(1));

test('a hash is Argon2id in PHC form, salted, and belongs to its password only', async () => {
  const [first, second] = [await hasher.hash('correct horse'), await hasher.hash('correct horse')];
  expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  expect(second).not.toBe(first);
  expect([await hasher.verify(first, 'correct horse'), await hasher.verify(first, 'correct horsf'), await hasher.verify(first, '')]).toEqual([true, false, false]);
});

test('a hash with other costs, of an earlier or a later day, is verified with its own', async () => {
  const tag = argon2Sync('argon2id', { message: 'password', nonce: Buffer.from('saltsalt'), memory: 256, passes: 1, parallelism: 1, tagLength: 16 });
  const hash = `$argon2id$v=19$m=256,t=1,p=1$${Buffer.from('saltsalt').toString('base64').replace(/=+$/, '')}$${tag.toString('base64').replace(/=+$/, '')}`;
  expect(await hasher.verify(hash, 'password')).toBe(true);
});

test('without a hash the answer is no, whatever the password', async () => {
  expect(await hasher.verify(undefined, 'anything')).toBe(false);
});

test.each(['known', 'unknown'])('beyond two running and 64 waiting, people are told to come again, %s ones alike: both are hashed', async (kind) => {
  const hash = kind === 'known' ? await hasher.hash('x') : undefined;
  const answers = await Promise.all(Array.from({ length: 70 }, () => hasher.verify(hash, 'x').catch((error: unknown) => (isAppError(error) ? error.code : error))));
  expect(answers.filter((answer) => answer === (kind === 'known'))).toHaveLength(66);
  expect(answers.filter((answer) => answer === 'temporarily_unavailable')).toHaveLength(4);
});
