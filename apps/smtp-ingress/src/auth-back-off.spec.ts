import { describe, expect, test } from '@jest/globals';
import { generateApiKey, ManualClock, parseApiKey, publicId, seededRandom } from '@nexoramail/kernel';
import fc from 'fast-check';
import { AuthBackOff, type AuthAttempt } from './auth-back-off.js';
import { AuthSubjects } from './auth-subjects.js';
import { SESSION_LIMITS } from './limits.js';

const attempt = (source: string, subject = 'id a', credential = 'wrong'): AuthAttempt => ({ source, subjects: [subject], credential });
const fail = (backOff: AuthBackOff, given: AuthAttempt, times: number): void => { for (let i = 0; i < times; i += 1) backOff.failed(given); };

describe('sec-A14: failed AUTH', () => {
  test('costs nothing ten times, then a wait that doubles to five minutes, for the source and for the key', () => {
    const clock = new ManualClock();
    const backOff = new AuthBackOff(clock.monotonic, SESSION_LIMITS);
    fail(backOff, attempt('s1'), 9);
    expect(backOff.waitMs(attempt('s1'))).toBe(0);
    const waits: number[] = [];
    for (let i = 0; i < 11; i += 1) {
      backOff.failed(attempt('s1'));
      waits.push(backOff.waitMs(attempt('s1')) / 1000);
      clock.advance(backOff.waitMs(attempt('s1')));
      expect(backOff.waitMs(attempt('s1'))).toBe(0);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    backOff.failed(attempt('s1'));
    expect(backOff.waitMs(attempt('elsewhere'))).toBe(300_000); // the same key
    expect(backOff.waitMs(attempt('s1', 'id b'))).toBe(300_000); // the same source
    expect(backOff.waitMs(attempt('elsewhere', 'id b'))).toBe(0); // others
  });

  test('is forgotten after a quarter of an hour without any', () => {
    const clock = new ManualClock();
    const backOff = new AuthBackOff(clock.monotonic, SESSION_LIMITS);
    fail(backOff, attempt('s1'), 9);
    clock.advance(900_001);
    backOff.failed(attempt('s1'));
    expect(backOff.waitMs(attempt('s1'))).toBe(0);
  });

  test('of others holds up nobody whose secret was right from there before, until it is wrong', () => {
    const clock = new ManualClock();
    const backOff = new AuthBackOff(clock.monotonic, SESSION_LIMITS);
    const owner = attempt('s1', 'id a', 'right');
    backOff.passed(owner);
    fail(backOff, attempt('s1'), 20);
    expect(backOff.waitMs(attempt('s1'))).toBeGreaterThan(0);
    expect(backOff.waitMs(owner)).toBe(0);
    expect(backOff.waitMs({ ...owner, source: 's2' })).toBeGreaterThan(0);
    backOff.failed(owner);
    expect(backOff.waitMs(owner)).toBeGreaterThan(0);
  });

  test('that began before a wait does not lengthen it: 200 at once wait as one', () => {
    const clock = new ManualClock();
    const backOff = new AuthBackOff(clock.monotonic, SESSION_LIMITS);
    fail(backOff, attempt('s1'), 200);
    expect(backOff.waitMs(attempt('s1'))).toBe(1_000);
  });

  test('keeps a bounded memory', () => {
    const backOff = new AuthBackOff(new ManualClock().monotonic, SESSION_LIMITS);
    fail(backOff, attempt('first'), 10);
    for (let i = 0; i < 50_000; i += 1) backOff.failed(attempt(`s${i}`, `id ${i}`));
    expect(backOff.waitMs(attempt('first'))).toBe(0);
  });
});

describe('what an AUTH presents', () => {
  const subjects = new AuthSubjects(seededRandom(1));

  test('is counted by key id, by the start of the key, and by IPv4 address or IPv6 /64', () => {
    const { secret, prefix } = generateApiKey('live', seededRandom(2));
    const id = publicId('key', '01890000-0000-7000-8000-000000000001');
    expect(subjects.attempt(id, secret, '::ffff:192.0.2.1')).toMatchObject({ source: '192.0.2.1', subjects: [`id ${id}`, `prefix ${prefix}`] });
    expect(subjects.attempt('nexoramail', 'hunter2', '2001:db8:0:1::5')).toMatchObject({ source: '2001:db8:0:1::/64', subjects: [] });
    expect(subjects.attempt('x', secret, '2001:DB8::1:2:3:4:5').source).toBe(subjects.attempt('x', secret, '2001:db8:0:1:ffff::').source);
    expect(JSON.stringify(subjects.attempt(id, secret, 'x'))).not.toContain(secret.slice(13));
  });

  test('is looked up as a well-spelt key whatever it is, the same one each time (property)', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (password) => {
      const looked = subjects.wellSpelt(password);
      expect(parseApiKey(looked)).toBeDefined();
      expect(subjects.wellSpelt(password)).toBe(looked);
      expect(looked === password).toBe(parseApiKey(password) !== undefined);
    }));
    const { secret } = generateApiKey('test', seededRandom(3));
    expect(subjects.wellSpelt(secret)).toBe(secret);
  });
});
