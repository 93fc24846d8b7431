import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkRecord } from './check-record.js';
import { recordsOf, type DomainRecord, type RecordPurpose } from './dns-records.js';

const KEY = 'v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A';
const records = recordsOf('shop.example', 'nxm-abc', KEY, { returnPathHost: 'returns.example', trackingHost: 'track.example' });
const at = new Date('2026-03-01T09:00:00Z');
const recordFor = (purpose: RecordPurpose): DomainRecord => {
  const record = records.find((one) => one.purpose === purpose);
  if (!record) throw new Error(purpose);
  return record;
};
const statusOf = (purpose: RecordPurpose, ...values: string[]): string => checkRecord(recordFor(purpose), { kind: 'found', values }, at).status;

test('a new domain needs four records, two of them required', () => {
  expect(records.map(({ purpose, type, host, value, required }) => [purpose, type, host, value, required])).toEqual([
    ['dkim', 'TXT', 'nxm-abc._domainkey.shop.example', KEY, true],
    ['return_path', 'CNAME', 'bounce.shop.example', 'returns.example', true],
    ['dmarc', 'TXT', '_dmarc.shop.example', 'v=DMARC1; p=none', false],
    ['tracking', 'CNAME', 'track.shop.example', 'track.example', false],
  ]);
});

describe('a DKIM record', () => {
  test.each<[string, string[], string]>([
    ['as told', [KEY], 'ok'],
    ['in another spelling, with flags', ['v=DKIM1;t=s; p=MIIBIjANBgkqhkiG9w0B AQEFAAOCAQ8A'], 'ok'],
    ['beside texts of others', ['google-site-verification=x', KEY], 'ok'],
    ['cut off', [KEY.slice(0, -4)], 'mismatch'],
    ['revoked', ['v=DKIM1; p='], 'mismatch'],
    ['twice', [KEY, KEY], 'mismatch'],
    ['of another kind', [KEY.replace('rsa', 'ed25519')], 'mismatch'],
    ['none', ['hello'], 'mismatch'],
  ])('%s', (_name, values, status) => {
    expect(statusOf('dkim', ...values)).toBe(status);
  });
});

describe('a DMARC record', () => {
  test.each<[string, string[], string]>([
    ['any policy', ['v=DMARC1; p=quarantine; rua=mailto:d@shop.example'], 'ok'],
    ['blanks', [' v = DMARC1 ;p = reject'], 'ok'],
    ['no policy', ['v=DMARC1; rua=mailto:d@shop.example'], 'mismatch'],
    ['a subdomain policy only', ['v=DMARC1; sp=reject'], 'mismatch'],
    ['two', ['v=DMARC1; p=none', 'v=DMARC1; p=reject'], 'mismatch'],
    ['version 2', ['v=DMARC12; p=none'], 'mismatch'],
  ])('%s', (_name, values, status) => {
    expect(statusOf('dmarc', ...values)).toBe(status);
  });
});

test('an alias is compared without case and last dot', () => {
  expect(statusOf('return_path', 'RETURNS.example.')).toBe('ok');
  expect(statusOf('return_path', 'evilreturns.example')).toBe('mismatch');
});

test('no answer is no proof; no record is', () => {
  expect(checkRecord(recordFor('dkim'), { kind: 'failed', reason: 'server failure' }, at)).toMatchObject({ status: 'error', fix: expect.stringContaining('server failure') });
  expect(checkRecord(recordFor('dkim'), { kind: 'missing' }, at)).toMatchObject({ status: 'missing', seen: [] });
});

test('whatever a zone answers, what is kept is bounded and printable', () => {
  const zones = fc.array(fc.string({ unit: fc.oneof(fc.constantFrom('\u0000', '\n', '\u202e', '\ud800', ';', '=', 'v', 'p', 'DKIM1'), fc.string({ minLength: 1, maxLength: 1, unit: 'binary' })), maxLength: 2_000 }), { maxLength: 30 });
  fc.assert(fc.property(zones, fc.constantFrom<RecordPurpose>('dkim', 'return_path', 'dmarc', 'tracking'), (values, purpose) => {
    const { seen } = checkRecord(recordFor(purpose), { kind: 'found', values }, at);
    expect(seen.length).toBeLessThanOrEqual(10);
    for (const text of seen) {
      expect(text.length).toBeLessThanOrEqual(513);
      expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
    }
  }), { numRuns: 200 });
});
