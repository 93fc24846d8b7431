import { expect, test } from '@jest/globals';
import { decodeTotpSecret, matchTotp, totpCode, totpStep } from './totp.js';

const secret = Buffer.from('12345678901234567890'); // RFC 6238 appendix B, SHA-1

test.each([[59, '287082'], [1_111_111_109, '081804'], [1_111_111_111, '050471'], [1_234_567_890, '005924'], [2_000_000_000, '279037'], [20_000_000_000, '353130']])(
  'the code at second %d is the RFC\'s', (second, code) => {
    expect(totpCode(secret, totpStep(new Date(second * 1000)))).toBe(code);
  });

test('sec-S54: the neighbours of the current step are taken, no others', () => {
  const at = new Date(1_700_000_000_000);
  const now = totpStep(at);
  const takes = (step: number): number | undefined => matchTotp(secret, totpCode(secret, step), at, 0);
  expect([-2, -1, 0, 1, 2].map((skew) => takes(now + skew))).toEqual([undefined, now - 1, now, now + 1, undefined]);
});

test('sec-S54: a code that was used, and every earlier one, is dead', () => {
  const at = new Date(1_700_000_000_000);
  const now = totpStep(at);
  expect(matchTotp(secret, totpCode(secret, now), at, now)).toBeUndefined();
  expect(matchTotp(secret, totpCode(secret, now - 1), at, now)).toBeUndefined();
  expect(matchTotp(secret, totpCode(secret, now + 1), at, now)).toBe(now + 1);
});

test.each(['', '12345', '1234567', '28708２', ' 287082', 'abcdef'])('%j is no code', (code) => {
  expect(matchTotp(secret, code, new Date(59_000), 0)).toBeUndefined();
});

test('secrets are read as authenticator apps write them', () => {
  expect(decodeTotpSecret('gezd gnbv gy3t qojq gezd gnbv gy3t qojq')).toEqual(Uint8Array.from(secret));
  expect(decodeTotpSecret('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ====')).toEqual(Uint8Array.from(secret));
  expect(decodeTotpSecret('GEZDGNBVGY3TQOJQ')).toBeUndefined(); // 80 bits
  expect(decodeTotpSecret('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ1')).toBeUndefined(); // 1 is no letter of it
});
