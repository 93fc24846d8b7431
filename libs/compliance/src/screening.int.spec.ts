import { beforeAll, describe, expect, test } from '@jest/globals';
import type { ScreenItem, ScreenResult } from '@nexoramail/contracts';
import { newUuid, useCompliance } from './testing/compliance-stack.js';
import { PgScreeningStore } from './infra/pg-screening-store.js';

const stack = useCompliance();
const { screening, suppressions, manual, runtime } = stack;
const mine = newUuid();
const theirs = newUuid();

const itemOf = (changes: Partial<ScreenItem> = {}): ScreenItem => ({
  accountId: mine, mode: 'live', category: 'account.notice', fromDomain: 'screen.example', envelopeDomain: '', recipients: ['ann@x.example'], sensitive: false, source: 'rest', messageId: newUuid(), ...changes,
});
const tell = ({ result }: ScreenResult): string => {
  if (result?.$case !== 'ok') return result?.$case === 'refused' ? result.refused.code : 'retry';
  return [result.ok.domain, ...result.ok.suppressed.map(({ index, origin }) => `${index} ${origin}`)].join(', ');
};
const screen = async (...items: Partial<ScreenItem>[]): Promise<string[]> => (await screening.screen({ items: items.map(itemOf) })).results.map(tell);
const suppress = (address: string, origin: string, category = '', accountId = mine, mode = 'live'): Promise<unknown> =>
  suppressions.suppressRecipients({ items: [{ scope: { accountId, mode }, address, origin, category, sourceEventId: `evt_${newUuid()}`, messageId: newUuid() }] });

beforeAll(async () => {
  await stack.verifiedDomain(mine, 'screen.example');
  await stack.verifiedDomain(theirs, 'other.example');
  await stack.domains.createDomain({ scope: { accountId: mine, mode: 'live' }, name: 'waiting.example' });
});

describe('Screen', () => {
  test('sec-S12: passes own verified domains and their subdomains, refuses all others, in both modes', async () => {
    expect(await screen({}, { mode: 'test' }, { fromDomain: 'news.screen.example' }, { fromDomain: 'waiting.example' }, { fromDomain: 'other.example' }, { fromDomain: 'evilscreen.example' }, { fromDomain: 'example' }))
      .toEqual(['screen.example', 'screen.example', 'screen.example', ...Array<string>(4).fill('domain_not_verified')]);
    expect(await screen({ envelopeDomain: 'screen.example' }, { envelopeDomain: 'bounce.screen.example' }, { envelopeDomain: 'other.example' })).toEqual(['screen.example', 'screen.example', 'domain_not_verified']);
    expect(await screen({ category: '' }, { category: 'marketing.promotion' })).toEqual(['category_required', 'category_not_permitted']);
  });

  test('tells what dispatch needs to sign', async () => {
    const { results: [first] } = await screening.screen({ items: [itemOf()] });
    expect(first?.result).toMatchObject({ $case: 'ok', ok: { domain: 'screen.example', returnPathDomain: 'bounce.screen.example', selectors: [expect.stringMatching(/^nxm-[0-9a-z]{8}$/)], domainVersion: 2n } });
  });

  test('leaves one row per refusal, none per pass or dry run, and none more when it is repeated', async () => {
    const count = async (): Promise<number | undefined> => (await stack.rows<{ hits: number }>('SELECT count(*)::int AS hits FROM rule_hit'))[0]?.hits;
    const before = (await count()) ?? 0;
    const items = [itemOf(), itemOf({ category: '' }), itemOf({ fromDomain: 'other.example', category: '' })];
    expect((await screening.screen({ items, dryRun: true })).results.map(tell)).toEqual(['screen.example', 'category_required', 'category_required']);
    expect(await count()).toBe(before);
    await screening.screen({ items });
    await screening.screen({ items });
    expect(await count()).toBe(before + 2);
    expect((await stack.rows('SELECT rule_id, code FROM rule_hit WHERE message_id = $1', items[2]?.messageId))).toEqual([{ rule_id: 'category.required', code: 'category_required' }]);
  });

  test('sec-A29: finds a suppressed recipient in every spelling, in place', async () => {
    await suppress('Bounced@Müller.example', 'hard_bounce');
    const spellings = ['bounced@xn--mller-kva.example', 'BOUNCED@xn--mller-kva.example', 'fine@x.example', 'ｂounced@xn--mller-kva.example'];
    expect(await screen({ recipients: spellings })).toEqual(['screen.example, 0 hard_bounce, 1 hard_bounce, 3 hard_bounce']);
    await suppress('ta.g@gmail.com', 'complaint');
    expect(await screen({ recipients: ['tag+receipts@gmail.com', 't.a.g@googlemail.com', 'tagg@gmail.com'] })).toEqual(['screen.example, 0 complaint, 1 complaint']);
  });

  test('sec-A53: keeps accounts and modes apart', async () => {
    await suppress('apart@x.example', 'hard_bounce');
    await suppress('apart@y.example', 'hard_bounce', '', mine, 'test');
    const recipients = ['apart@x.example', 'apart@y.example'];
    expect(await screen({ recipients }, { recipients, mode: 'test' }, { recipients, accountId: theirs, fromDomain: 'other.example' })).toEqual(['screen.example, 0 hard_bounce', 'screen.example, 1 hard_bounce', 'other.example']);
  });

  test('an unsubscribe stops its category, or all that is not essential; a complaint stops all', async () => {
    await suppress('digest@x.example', 'unsubscribe', 'account.digest');
    await suppress('all@x.example', 'unsubscribe');
    await suppress('angry@x.example', 'complaint', 'account.digest');
    const recipients = ['digest@x.example', 'all@x.example', 'angry@x.example'];
    expect(await screen({ recipients, category: 'account.digest' }, { recipients, category: 'account.notice' }, { recipients, category: 'auth.password_reset' })).toEqual([
      'screen.example, 0 unsubscribe, 1 unsubscribe, 2 complaint', 'screen.example, 1 unsubscribe, 2 complaint', 'screen.example, 2 complaint',
    ]);
  });

  test('an entry that has ended stops nobody', async () => {
    const expiresAt = new Date(manual.now().getTime() + 1000);
    await suppressions.addSuppression({ scope: { accountId: mine, mode: 'live' }, address: 'ends@x.example', suppressionScope: 'account', category: '', note: '', expiresAt });
    expect(await screen({ recipients: ['ends@x.example'] })).toEqual(['screen.example, 0 manual']);
    manual.advance(1000);
    expect(await screen({ recipients: ['ends@x.example'] })).toEqual(['screen.example']);
  });

  test('decides 500 messages in one round trip, and a fault of one is its own', async () => {
    await suppress('one@x.example', 'hard_bounce');
    const statements: string[] = [];
    const counting = new PgScreeningStore({ query: (statement, values) => { statements.push(statement.name); return stack.postgres.db.query(statement, values); } }, runtime.keys.addressToken);
    const items = Array.from({ length: 500 }, (_, n) => ({ ...itemOf({ recipients: n % 2 ? ['one@x.example', `r${n}@x.example`] : [`r${n}@x.example`] }), mode: 'live' as const }));
    const facts = await counting.read(items, manual.now());
    expect(statements).toEqual(['compliance_screen']);
    expect(facts.map(({ from, suppressed }) => `${from.length} ${suppressed.length}`)).toEqual(items.map((_, n) => `1 ${n % 2}`));

    const answers = await screen(...items.map((item, n) => (n === 250 ? { ...item, category: 'x' } : item)));
    expect(answers.filter((answer) => answer === 'category_not_permitted')).toHaveLength(1);
    expect(answers.filter((answer) => answer.startsWith('screen.example'))).toHaveLength(499);
  });

  test('reads by index, one look per recipient, also before the database has statistics', async () => {
    const [account, other] = [newUuid(), newUuid()];
    for (let batch = 0; batch < 4; batch++) {
      const items = Array.from({ length: 500 }, (_, n) => ({ scope: { accountId: account, mode: 'live' }, address: `r${batch * 500 + n}@x.example`, origin: 'hard_bounce', category: '', sourceEventId: `evt_${newUuid()}`, messageId: '' }));
      await suppressions.suppressRecipients({ items });
    }
    const items = Array.from({ length: 50 }, (_, n) => ({ ...itemOf({ accountId: n % 2 ? account : other, recipients: [`r${n}@x.example`] }), mode: 'live' as const }));
    const read = await stack.postgres.db.transaction(async (tx) => {
      const text = `SELECT coalesce(seq_tup_read, 0) AS seq, coalesce(idx_tup_fetch, 0) AS idx FROM pg_stat_xact_user_tables WHERE relname = 'suppression'`;
      const rowsRead = async () => (await tx.query<{ seq: number; idx: number }>({ name: '', text })).rows[0] ?? { seq: 0, idx: 0 };
      const before = await rowsRead(); // of earlier statements of this connection
      const facts = await new PgScreeningStore(tx, runtime.keys.addressToken).read(items, manual.now());
      expect(facts.filter(({ suppressed }) => suppressed.length === 1)).toHaveLength(25);
      const after = await rowsRead();
      return { seq: after.seq - before.seq, idx: after.idx - before.idx };
    });
    expect(read).toEqual({ seq: 0, idx: 25 });
  });
});
