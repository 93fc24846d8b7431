import { expect, test } from '@jest/globals';
import { accountsChanges, AccountsChange } from '@nexoramail/contracts';
import { auditHash, CHAIN_START } from './domain/audit-entry.js';
import { codeOf, newUuid, useCompliance } from './testing/compliance-stack.js';

const stack = useCompliance();
const { standings, manual, runtime } = stack;
const set = (accountId: string, standing: string, reason = 'reviewed') => standings.setStanding({ accountId, standing, reason, actor: 'system' });
const standingOf = async (accountId: string): Promise<string> => {
  const { results: [first] } = await standings.getStandings({ accountIds: [accountId] });
  return first?.result?.$case === 'ok' ? `${first.result.ok.standing} v${first.result.ok.version}` : 'none';
};
const newAccount = (accountId: string): Promise<void> => runtime.bus.publish([{
  topic: accountsChanges.name, key: accountId, eventId: newUuid(), type: 'account_changed', headers: {},
  payload: AccountsChange.encode({ change: { $case: 'account', account: { accountId, accountRef: 1n, name: 'Acme', plan: 'growth', at: manual.now() } } }).finish(),
}]);
const changesOf = async (accountId: string): Promise<string[]> => (await stack.decisionsOf(accountId)).flatMap(({ decision }) => (decision?.$case === 'standing' ? [`${decision.standing.standing} v${decision.standing.version}`] : []));

test('a new account is under review; what was decided before its event arrived stays', async () => {
  const [late, early] = [newUuid(), newUuid()];
  expect(await standingOf(late)).toBe('pending_review v0');
  await newAccount(late);
  expect(await standingOf(late)).toBe('pending_review v1');
  await set(early, 'active');
  await newAccount(early);
  expect(await standingOf(early)).toBe('active v1');
  expect(await changesOf(late)).toEqual([]);
});

test('a change is stored, audited and published once; the same again is none', async () => {
  const accountId = newUuid();
  await set(accountId, 'active');
  await set(accountId, 'active', 'another reason');
  await set(accountId, 'suspended', 'phishing');
  expect(await changesOf(accountId)).toEqual(['active v1', 'suspended v2']);
  expect(await stack.rows('SELECT action, actor, detail::jsonb AS detail FROM audit_entry WHERE account_id = $1 ORDER BY seq', accountId)).toEqual([
    { action: 'standing.set', actor: 'system', detail: { from: 'pending_review', to: 'active', reason: 'reviewed', version: 1 } },
    { action: 'standing.set', actor: 'system', detail: { from: 'active', to: 'suspended', reason: 'phishing', version: 2 } },
  ]);
});

test('sec-F36: eight changes at once leave one chain without gaps that verifies', async () => {
  const accounts = Array.from({ length: 8 }, newUuid);
  await Promise.all(accounts.map((accountId) => set(accountId, 'active')));
  const rows = await stack.rows<{ seq: number; at: Date; account_id: string; actor: string; action: string; subject: string; detail: string; previous_hash: Buffer; hash: Buffer }>('SELECT * FROM audit_entry ORDER BY seq');
  let previous: Uint8Array = CHAIN_START;
  for (const [index, { account_id: accountId, previous_hash: previousHash, hash, ...row }] of rows.entries()) {
    expect([row.seq, previousHash.toString('hex')]).toEqual([index + 1, Buffer.from(previous).toString('hex')]);
    expect(hash.toString('hex')).toBe(Buffer.from(auditHash(previous, { ...row, accountId })).toString('hex'));
    previous = hash;
  }
  expect(rows.length).toBeGreaterThanOrEqual(8);
});

test('sec-A64: the service can change neither an entry of the audit log nor its table', async () => {
  await set(newUuid(), 'active');
  for (const text of [`UPDATE audit_entry SET actor = 'x'`, 'DELETE FROM audit_entry', 'TRUNCATE audit_entry', 'DROP TABLE audit_entry', 'ALTER TABLE audit_entry DISABLE TRIGGER ALL']) {
    await expect(stack.rows(text)).rejects.toThrow(/permission denied|must be owner|append-only/);
  }
});

test('nothing leads out of terminated, nothing back to before the review, and each change needs a reason', async () => {
  const accountId = newUuid();
  expect(await codeOf(set(accountId, 'golden'))).toBe('validation_failed');
  expect(await codeOf(set(accountId, 'active', ' '))).toBe('validation_failed');
  await set(accountId, 'active');
  expect(await codeOf(set(accountId, 'pending_review'))).toBe('conflict');
  await set(accountId, 'terminated');
  expect(await codeOf(set(accountId, 'active'))).toBe('conflict');
  expect(await standingOf(accountId)).toBe('terminated v2');
});
