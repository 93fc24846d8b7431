import { describe, expect, test } from '@jest/globals';
import { mailEvents, MailEvent, type SuppressItem, type SuppressResult } from '@nexoramail/contracts';
import { publicId } from '@nexoramail/kernel';
import { codeOf, newUuid, useCompliance } from './testing/compliance-stack.js';

const stack = useCompliance();
const { suppressions, manual, runtime } = stack;
const live = (accountId: string): { accountId: string; mode: string } => ({ accountId, mode: 'live' });
const itemOf = (accountId: string, changes: Partial<SuppressItem> = {}): SuppressItem => ({
  scope: live(accountId), address: 'ann@x.example', origin: 'hard_bounce', sourceEventId: publicId('evt', newUuid(), 0), messageId: newUuid(), category: '', ...changes,
});
const suppress = async (...items: SuppressItem[]): Promise<string[]> => (await suppressions.suppressRecipients({ items })).results.map(tell);
const tell = ({ result }: SuppressResult): string => (result?.$case === 'ok' ? `${result.ok.reason}${result.ok.locked ? ' locked' : ''}` : `${result?.$case} ${result?.$case === 'refused' ? result.refused.code : ''}`);
const changesOf = async (accountId: string): Promise<string[]> => (await stack.decisionsOf(accountId)).flatMap(({ decision }) => (decision?.$case === 'suppression' ? [`${decision.suppression.removed ? '-' : '+'}${decision.suppression.suppression?.reason}`] : []));
const listed = async (accountId: string, reason = ''): Promise<string[]> => (await suppressions.listSuppressions({ scope: live(accountId), page: undefined, reason })).suppressions.map((entry) => `${entry.address} ${entry.scope} ${entry.reason}`);

describe('suppressing after events', () => {
  test('sec-F9: the same event by call eight times at once, and again by topic, has one effect', async () => {
    const accountId = newUuid();
    const eventId = newUuid();
    const messageId = newUuid();
    const item = itemOf(accountId, { sourceEventId: publicId('evt', eventId, 1), messageId });
    await Promise.all(Array.from({ length: 8 }, () => suppress(item)));
    const smtp = { code: 550, enhanced: '5.1.1', text: 'no such user', mx: 'mx.x.example', tls: '' };
    const step = { recipientIndex: 0, address: 'ann@x.example', at: manual.now(), attempt: 1, smtp, late: false, reason: '', nextAttemptAt: undefined, status: 'bounced' };
    const event: MailEvent = {
      accountId, mode: 'live', messageId, context: undefined, attempt: undefined, accepted: undefined,
      steps: [{ ...step, type: 'email.sent', classification: undefined }, { ...step, type: 'email.bounced', classification: { class: 'hard', reason: 'unknown_user' } }],
    };
    await runtime.bus.publish([{ topic: mailEvents.name, key: messageId, eventId, type: 'mail_event', payload: MailEvent.encode(event).finish(), headers: {} }]);
    expect(await changesOf(accountId)).toEqual(['+hard_bounce']);
    expect(await listed(accountId)).toEqual(['ann@x.example account hard_bounce']);
  });

  test('an event that comes again after its entry was lifted suppresses nobody', async () => {
    const accountId = newUuid();
    const item = itemOf(accountId);
    await suppress(item);
    await suppressions.liftSuppression({ scope: live(accountId), address: 'ANN@x.example' });
    expect(await suppress(item)).toEqual(['refused conflict']);
    expect(await suppress(itemOf(accountId))).toEqual(['hard_bounce']);
    expect(await changesOf(accountId)).toEqual(['+hard_bounce', '-hard_bounce', '+hard_bounce']);
  });

  test('only hard bounces, complaints and unsubscribes of the topic suppress', async () => {
    const accountId = newUuid();
    const step = (type: string, address: string, bounceClass?: string) => ({
      type, address, recipientIndex: 0, at: manual.now(), attempt: 1, smtp: undefined, late: false, reason: '', nextAttemptAt: undefined, status: '',
      classification: bounceClass === undefined ? undefined : { class: bounceClass, reason: 'unknown' },
    });
    const event: MailEvent = {
      accountId, mode: 'live', messageId: newUuid(), attempt: undefined, accepted: undefined, context: { messageIdHeader: '', category: 'account.digest', tags: [], metadata: {} },
      steps: [
        step('email.delivered', 'd@x.example'), step('email.bounced', 's@x.example', 'soft'), step('email.bounced', 'b@x.example', 'block'), step('email.delayed', 'h@x.example', 'hard'),
        step('email.bounced', 'hard@x.example', 'hard'), step('email.complained', 'c@x.example'), step('email.unsubscribed', 'u@x.example'),
      ],
    };
    await runtime.bus.publish([{ topic: mailEvents.name, key: event.messageId, eventId: newUuid(), type: 'mail_event', payload: MailEvent.encode(event).finish(), headers: {} }]);
    expect((await listed(accountId)).toSorted()).toEqual(['c@x.example account complaint', 'hard@x.example account hard_bounce', 'u@x.example category unsubscribe']);
  });

  test('a stronger entry replaces a weaker one, never the other way, in any order and also within a batch', async () => {
    const accountId = newUuid();
    expect(await suppress(itemOf(accountId, { origin: 'complaint' }), itemOf(accountId))).toEqual(['complaint locked', 'complaint locked']);
    expect(await suppress(itemOf(accountId, { origin: 'unsubscribe' }))).toEqual(['complaint locked']);
    const other = newUuid();
    await suppress(itemOf(other));
    expect(await suppress(itemOf(other, { origin: 'complaint' }))).toEqual(['complaint locked']);
    expect(await listed(other)).toEqual(['ann@x.example account complaint']);
    expect(await changesOf(other)).toEqual(['+hard_bounce', '+complaint']);
  });

  test('a faulty item is refused alone', async () => {
    const accountId = newUuid();
    expect(await suppress(itemOf(accountId, { address: 'no address' }), itemOf(accountId), itemOf(accountId, { origin: 'rumour' }), itemOf(accountId, { sourceEventId: '' })))
      .toEqual(['refused validation_failed', 'hard_bounce', 'refused validation_failed', 'refused validation_failed']);
  });

  test('batches that overlap in opposite orders all end', async () => {
    const accountId = newUuid();
    const addresses = Array.from({ length: 100 }, (_, n) => `r${n}@x.example`);
    await Promise.all(Array.from({ length: 8 }, (_, n) => suppress(...(n % 2 ? addresses : addresses.toReversed()).map((address) => itemOf(accountId, { address })))));
    const [row] = await stack.rows<{ entries: number }>('SELECT count(*)::int AS entries FROM suppression WHERE account_id = $1', accountId);
    expect(row?.entries).toBe(100);
    expect(await changesOf(accountId)).toHaveLength(100);
  });
});

describe('the list', () => {
  const add = (accountId: string, address: string, changes: object = {}) => suppressions.addSuppression({ scope: live(accountId), address, suppressionScope: 'account', category: '', note: '', expiresAt: undefined, ...changes });

  test('an entry by hand is found in every spelling, replaced by hand, and lifted', async () => {
    const accountId = newUuid();
    await add(accountId, 'Ann@X.example', { note: ' asked us ' });
    expect((await suppressions.getSuppression({ scope: live(accountId), address: 'ann@x.EXAMPLE' })).suppression).toMatchObject({ address: 'Ann@x.example', reason: 'manual', locked: false, note: 'asked us' });
    await add(accountId, 'ann@x.example', { note: 'again' });
    expect(await listed(accountId)).toEqual(['ann@x.example account manual']);
    await suppressions.liftSuppression({ scope: live(accountId), address: 'ANN@x.example' });
    expect(await codeOf(suppressions.getSuppression({ scope: live(accountId), address: 'ann@x.example' }))).toBe('not_found');
    expect(await codeOf(suppressions.liftSuppression({ scope: live(accountId), address: 'ann@x.example' }))).toBe('not_found');
  });

  test('an entry by hand leaves a stronger one and answers it', async () => {
    const accountId = newUuid();
    await suppress(itemOf(accountId, { origin: 'complaint' }));
    expect((await add(accountId, 'ann@x.example')).suppression).toMatchObject({ reason: 'complaint', locked: true });
  });

  test('the recipient\'s own word is not lifted, nor anything beside it', async () => {
    const accountId = newUuid();
    await add(accountId, 'ann@x.example');
    await suppress(itemOf(accountId, { origin: 'unsubscribe', category: 'account.digest' }));
    expect(await codeOf(suppressions.liftSuppression({ scope: live(accountId), address: 'ann@x.example' }))).toBe('suppression_locked');
    expect((await listed(accountId)).toSorted()).toEqual(['ann@x.example account manual', 'ann@x.example category unsubscribe']);
    expect((await suppressions.getSuppression({ scope: live(accountId), address: 'ann@x.example' })).suppression?.reason).toBe('unsubscribe');
  });

  test('another account and the other mode see nothing of it', async () => {
    const [mine, theirs] = [newUuid(), newUuid()];
    await add(theirs, 'ann@x.example');
    for (const scope of [live(mine), { accountId: theirs, mode: 'test' }]) {
      expect(await codeOf(suppressions.getSuppression({ scope, address: 'ann@x.example' }))).toBe('not_found');
      expect(await codeOf(suppressions.liftSuppression({ scope, address: 'ann@x.example' }))).toBe('not_found');
      expect((await suppressions.listSuppressions({ scope, page: undefined, reason: '' })).suppressions).toEqual([]);
    }
    expect(await listed(theirs)).toHaveLength(1);
  });

  test('pages are newest first and bound to their filter; an entry that ended is not listed', async () => {
    const accountId = newUuid();
    for (let n = 0; n < 3; n++) {
      manual.advance(1);
      await add(accountId, `m${n}@x.example`, n === 1 ? { expiresAt: new Date(manual.now().getTime() + 1000) } : {});
      await suppress(itemOf(accountId, { address: `h${n}@x.example` }));
    }
    manual.advance(1000);
    expect(await listed(accountId, 'manual')).toEqual(['m2@x.example account manual', 'm0@x.example account manual']);
    const { page } = await suppressions.listSuppressions({ scope: live(accountId), page: { limit: 1, after: '' }, reason: 'manual' });
    const after = page?.nextCursor ?? '';
    expect((await suppressions.listSuppressions({ scope: live(accountId), page: { limit: 1, after }, reason: 'manual' })).suppressions.map(({ address }) => address)).toEqual(['m0@x.example']);
    expect(await codeOf(suppressions.listSuppressions({ scope: live(accountId), page: { limit: 1, after }, reason: '' }))).toBe('validation_failed');
    expect(await codeOf(suppressions.listSuppressions({ scope: live(accountId), page: undefined, reason: 'mood' }))).toBe('validation_failed');
  });

  test.each([
    [{ address: 'no address' }, '/address'], [{ suppressionScope: 'platform' }, '/scope'], [{ suppressionScope: 'category', category: 'x' }, '/category'], [{ category: 'account.digest' }, '/category'],
    [{ note: 'x'.repeat(501) }, '/note'], [{ expiresAt: new Date(0) }, '/expires_at'],
  ])('%j is refused at %s', async (changes, pointer) => {
    const call = suppressions.addSuppression({ scope: live(newUuid()), address: 'ann@x.example', suppressionScope: 'account', category: '', note: '', expiresAt: undefined, ...changes });
    await expect(call).rejects.toMatchObject({ code: 'validation_failed', errors: [expect.objectContaining({ pointer })] });
  });
});
