import { expect, test } from '@jest/globals';
import { ComplianceDecision, MailEvent, publicEventsOfDecision, publicEventsOfMail, type PublicIds } from './index.js';

const ids: PublicIds = {
  email: (uuid) => `em_${uuid}`, recipient: (uuid, index) => `rcp_${uuid}${index}`, event: (uuid, step) => `evt_${uuid}${step}`,
  domain: (uuid) => `dom_${uuid}`, suppression: (uuid) => `sup_${uuid}`,
};
const at = new Date('2026-03-01T09:00:00Z');

test('each step of a record is one public event with an id of its own, in order', () => {
  const event = MailEvent.fromPartial({
    accountId: 'a', mode: 'live', messageId: 'm', context: { category: 'auth.otp', tags: ['x'], metadata: { k: 'v' }, messageIdHeader: '<1@x>' },
    steps: [
      { type: 'email.sent', recipientIndex: 1, address: 'b@x.example', at, attempt: 1 },
      { type: 'email.bounced', recipientIndex: 1, address: 'b@x.example', at, attempt: 1, smtp: { code: 550, enhanced: '5.1.1', text: 'no' }, classification: { class: 'hard', reason: 'unknown_user' } },
    ],
  });
  const [sent, bounced] = publicEventsOfMail('e', event, ids);
  expect(sent).toMatchObject({ id: 'evt_e0', type: 'email.sent', at, data: { smtp: null, classification: null, attempt: 1 } });
  expect(bounced).toMatchObject({
    id: 'evt_e1', type: 'email.bounced', mode: 'live',
    data: { email_id: 'em_m', recipient: { id: 'rcp_m1', address: 'b@x.example' }, smtp: { code: 550, enhanced: '5.1.1' }, classification: { class: 'hard', reason: 'unknown_user' }, tags: ['x'], metadata: { k: 'v' }, category: 'auth.otp', test: false },
  });
});

test('a decision about the whole account goes to both feeds, one about a mode to its own', () => {
  const standing = ComplianceDecision.fromPartial({ accountId: 'a', at, decision: { $case: 'standing', standing: { standing: 'warned', version: 2n } } });
  expect(publicEventsOfDecision('e', standing, ids).map(({ mode, type }) => [mode, type])).toEqual([['live', 'account.standing_changed'], ['test', 'account.standing_changed']]);
  const added = ComplianceDecision.fromPartial({ accountId: 'a', mode: 'test', at, decision: { $case: 'suppression', suppression: { suppression: { id: 's', address: 'b@x.example' } } } });
  expect(publicEventsOfDecision('e', added, ids)).toMatchObject([{ mode: 'test', type: 'suppression.added', data: { test: true } }]);
});

test('a domain that is pending tells nobody', () => {
  const pending = ComplianceDecision.fromPartial({ accountId: 'a', mode: 'live', at, decision: { $case: 'domain', domain: { status: 'pending' } } });
  expect(publicEventsOfDecision('e', pending, ids)).toEqual([]);
});
