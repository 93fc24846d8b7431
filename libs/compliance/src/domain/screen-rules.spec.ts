import { expect, test } from '@jest/globals';
import { screen, type ScreenFacts, type ScreenItem, type SigningDomain } from './screen-rules.js';

const now = new Date('2026-03-01T09:00:00Z');
const item: ScreenItem = {
  accountId: '01890000-0000-7000-8000-000000000001', mode: 'live', category: 'auth.otp', fromDomain: 'mail.shop.example', envelopeDomain: '', recipients: ['a@x.example'],
  source: 'rest', messageId: '01890000-0000-7000-8000-000000000002',
};
const verified: SigningDomain = { id: '01890000-0000-7000-8000-000000000003', name: 'shop.example', state: 'verified', version: 2, selectors: ['s'], returnPathDomain: 'bounce.shop.example', degradedAt: undefined };
const pending: SigningDomain = { ...verified, name: 'mail.shop.example', state: 'pending' };
const verdictOf = (changes: Partial<ScreenItem>, facts: Partial<ScreenFacts> = {}): string => {
  const verdict = screen({ ...item, ...changes }, { from: [verified], envelope: [], suppressed: [], ...facts }, now);
  return verdict.kind === 'pass' ? `pass ${verdict.domain.name}` : `${verdict.ruleId} ${verdict.error.code} ${verdict.error.errors.map(({ pointer }) => pointer).join()}`;
};

test.each<[string, Partial<ScreenItem>, Partial<ScreenFacts>, string]>([
  ['a verified parent signs', {}, {}, 'pass shop.example'],
  ['a pending domain does not hide its verified parent', {}, { from: [pending, verified] }, 'pass shop.example'],
  ['a domain nobody added', {}, { from: [] }, 'domain.verified domain_not_verified /from'],
  ['a domain that waits for its records', {}, { from: [pending] }, 'domain.verified domain_not_verified /from'],
  ['no category', { category: '' }, {}, 'category.required category_required /category'],
  ['a marketing category', { category: 'marketing.newsletter' }, {}, 'category.permitted category_not_permitted /category'],
  ['a category from the prototype', { category: 'constructor' }, {}, 'category.permitted category_not_permitted /category'],
  ['a foreign MAIL FROM', { envelopeDomain: 'other.example' }, {}, 'envelope.verified domain_not_verified /envelope_from'],
  ['an own MAIL FROM', { envelopeDomain: 'shop.example' }, { envelope: [verified] }, 'pass shop.example'],
  ['all faults are told, the first one names it', { category: '', envelopeDomain: 'other.example' }, { from: [] }, 'category.required category_required /category,/from,/envelope_from'],
])('%s', (_name, changes, facts, expected) => {
  expect(verdictOf(changes, facts)).toBe(expected);
});

test('a degraded domain signs for a day, then not', () => {
  const degraded = (hours: number): SigningDomain => ({ ...verified, state: 'degraded', degradedAt: new Date(now.getTime() - hours * 3_600_000) });
  expect(verdictOf({}, { from: [degraded(23.9)] })).toBe('pass shop.example');
  expect(verdictOf({}, { from: [degraded(24)] })).toBe('domain.verified domain_not_verified /from');
});

test('the refusal names the domain and what to do', () => {
  const refusal = screen(item, { from: [pending], envelope: [], suppressed: [] }, now);
  expect(refusal.kind === 'refusal' && refusal.error.message).toMatch(/^mail\.shop\.example is not verified yet\..*POST \/v1\/domains\/dom_[0-9a-z]{26}\/verify/);
});
