import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { auditHash, CHAIN_START, type AuditEntry } from './audit-entry.js';

const entry: AuditEntry = { seq: 1, at: new Date('2026-03-01T09:00:00.123Z'), accountId: 'a', actor: 'b', action: 'c', subject: 'd', detail: '{}' };

test('the hash follows from every field and from the entry before', () => {
  const hash = Buffer.from(auditHash(CHAIN_START, entry)).toString('hex');
  const others = [
    { ...entry, seq: 2 }, { ...entry, at: new Date('2026-03-01T09:00:00.124Z') }, { ...entry, accountId: undefined }, { ...entry, actor: 'x' }, { ...entry, action: 'x' },
    { ...entry, subject: 'x' }, { ...entry, detail: '{} ' },
  ].map((other) => Buffer.from(auditHash(CHAIN_START, other)).toString('hex'));
  expect(new Set([hash, ...others, Buffer.from(auditHash(new Uint8Array(32).fill(1), entry)).toString('hex')]).size).toBe(9);
});

test('moving text from one field to the next changes the hash', () => {
  fc.assert(fc.property(fc.string(), fc.string({ minLength: 1 }), (actor, action) => {
    const moved = { ...entry, actor: actor + action.charAt(0), action: action.slice(1) };
    expect(auditHash(CHAIN_START, { ...entry, actor, action })).not.toEqual(auditHash(CHAIN_START, moved));
  }));
});
