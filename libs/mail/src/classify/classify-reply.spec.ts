import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fastestMs } from '../testing/timing.js';
import { BOUNCE_CLASSES, BOUNCE_REASONS, OWN_CLASSIFICATIONS } from './bounce.js';
import { classifyReply, parseEnhancedCode } from './classify-reply.js';
import { BASIC_CODES, ENHANCED_CODES, PROVIDER_CODES } from './rules.data.js';
import { LOOSE_TEXTS, PRECISE_TEXTS } from './texts.data.js';

const classify = (reply: string): string => {
  const { class: cls, reason } = classifyReply({ code: Number(reply.slice(0, 3)), text: reply.slice(4) });
  return `${cls}/${reason}`;
};

describe('classifyReply', () => {
  // What the mailboxes of the sandbox answer (interfaces.md §6), and what the big providers and common servers are known to say.
  test.each([
    ['550 5.1.1 No such user', 'hard/unknown_user'], ['552 5.2.2 Mailbox full', 'soft/mailbox_full'], ['550 5.7.1 Blocked by policy', 'block/policy'], ['451 4.3.0 Temporary failure', 'soft/system_error'], ['451 4.7.1 Greylisted', 'soft/greylisted'],
    ['421 4.3.2 Service shutting down', 'soft/system_error'],
    ["550-5.1.1 The email account that you tried to reach does not exist. Please try double-checking the recipient's email address", 'hard/unknown_user'],
    ['550 5.2.1 The email account that you tried to reach is inactive.', 'hard/inactive'],
    ['450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages from being delivered.', 'soft/rate_limited'],
    ["452 4.2.2 The email account that you tried to reach is over quota. Please direct the recipient to clear space", 'soft/mailbox_full'],
    ["552-5.2.2 The recipient's inbox is out of storage space.", 'soft/mailbox_full'],
    ['550 5.7.26 Unauthenticated email from shop.example is not accepted due to domain\'s DMARC policy.', 'block/auth_failed'],
    ['421 4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your IP address. To protect our users', 'soft/rate_limited'],
    ['550 5.7.1 [203.0.113.9 12] Our system has detected that this message is likely unsolicited mail. To reduce the amount of spam', 'block/spam_content'],
    ['552 5.7.0 This message was blocked because its content presents a potential security issue.', 'block/policy'],
    ['550 5.4.1 Recipient address rejected: Access denied. [AM0PR01MB.eurprd01.prod.exchangelabs.com]', 'hard/unknown_user'],
    ['550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ann@x.example not found by SMTP address lookup', 'hard/unknown_user'],
    ['550 5.7.606 Access denied, banned sending IP [203.0.113.9]', 'block/reputation'],
    ['550 5.7.1 Unfortunately, messages from [203.0.113.9] weren\'t sent. Please contact your Internet service provider since part of their network is on our block list (S3150).', 'block/reputation'],
    ['550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required', 'block/recipient_policy'],
    ['554 30 Sorry, your message to ann@yahoo.example cannot be delivered. This mailbox is disabled (554.30).', 'hard/inactive'],
    ['421 4.7.0 [TSS04] Messages from 203.0.113.9 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1', 'block/reputation'],
    ['552 1 Requested mail action aborted, mailbox not found', 'hard/unknown_user'],
    ['554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using zen.spamhaus.org', 'block/reputation'],
    ['550 5.1.1 <ann@x.example>: Recipient address rejected: User unknown in virtual mailbox table', 'hard/unknown_user'],
    ['450 4.2.0 <ann@x.example>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/x.html', 'soft/greylisted'],
    ['554 5.7.1 <ann@x.example>: Relay access denied', 'admin/relay_denied'], ['550 relaying denied', 'admin/relay_denied'],
    ['550 Requested action not taken: mailbox unavailable', 'hard/unknown_user'], ['550 No such user here', 'hard/unknown_user'], ['550 5.1.1 User mailbox over quota', 'soft/mailbox_full'],
    ['552 5.3.4 Message size exceeds fixed limit', 'soft/message_too_large'], ['554 5.6.0 Message contains a virus: Eicar', 'block/virus'], ['550 5.7.1 This message contains a blocked attachment', 'block/content_rejected'],
    ['554 5.7.1 Attachment of type .exe not allowed', 'block/content_rejected'], ['550 5.7.25 The IP address sending this message does not have a PTR record', 'block/reputation'],
    ['421 4.7.0 Too many connections from your host', 'soft/rate_limited'], ['451 4.4.1 connection timed out', 'soft/network_error'], ['550 5.1.2 Host unknown', 'hard/domain_not_found'], ['550 5.4.4 Domain not found', 'hard/domain_not_found'],
    ['556 5.1.10 Recipient address has null MX', 'hard/domain_not_found'], ['501 5.5.4 Syntax error in parameters', 'admin/syntax_error'], ['530 5.7.0 Must issue a STARTTLS command first', 'admin/auth_failed'], ['551 5.1.6 User has moved', 'hard/moved'],
    ['450 4.1.1 User unknown', 'soft/unknown_user'], ['550 rejected', 'undetermined/unknown'], ['554 Transaction failed', 'block/policy'], ['452 Out of memory', 'soft/system_error'], ['554 5.4.6 Too many hops', 'admin/system_error'],
    ['450 4.1.8 <a@shop.example>: Sender address rejected: Domain not found', 'block/auth_failed'], ['550 5.1.7 Invalid sender', 'block/auth_failed'], ['504 5.5.2 <x>: Helo command rejected: Host not found', 'block/reputation'],
    ['550 5.7.1 Recipient address rejected: invalid HELO', 'block/policy'], ['550 mailbox <ann@x.example> does not exist', 'hard/unknown_user'], ['550 5.0.0 ann@x.example... User unknown', 'hard/unknown_user'], ['550 account ann@x.example has been disabled', 'hard/inactive'],
    ['599 what', 'undetermined/unknown'], ['450 later', 'soft/unknown'], ['550 5.7.999 odd', 'block/policy'], ['550 5.9.9 odd', 'undetermined/unknown'],
  ])('%s → %s', (reply, expected) => {
    expect(classify(reply)).toBe(expected);
  });

  test('the reply code decides whether it is for good: a 4xx is never hard, whatever it says (property)', () => {
    const words = fc.constantFrom('user unknown', 'mailbox disabled', 'no such domain', 'spam', 'policy', '5.1.1', '4.2.2', 'greylisted', 'relay denied', 'x');
    fc.assert(fc.property(fc.integer({ min: 400, max: 599 }), fc.array(words, { maxLength: 6 }), fc.option(fc.constantFrom('5.1.1', '4.1.1', '5.7.1', '9.9.9', '5.1.1.1'), { nil: null }), (code, parts, enhanced) => {
      const result = classifyReply({ code, enhanced, text: parts.join(' ') });
      expect(BOUNCE_CLASSES).toContain(result.class);
      expect(BOUNCE_REASONS).toContain(result.reason);
      if (code < 500) expect(result.class).not.toBe('hard');
      if (code >= 500 && parts.length === 0 && enhanced === '5.1.1') expect(result).toEqual({ class: 'hard', reason: 'unknown_user' });
    }), { numRuns: 500 });
  });

  test('a report without a reply code goes by its status', () => {
    expect(classifyReply({ code: 0, enhanced: '4.1.1', text: '' })).toEqual({ class: 'soft', reason: 'unknown_user' });
    expect(classifyReply({ code: 0, enhanced: '5.1.1', text: '' })).toEqual({ class: 'hard', reason: 'unknown_user' });
    expect(classifyReply({ code: 0, text: '' })).toEqual({ class: 'undetermined', reason: 'unknown' });
  });

  test('sec-A36 hostile texts take under 10 ms for all rules together', () => {
    const hostile = ['a', '@', '.', ' ', 'user ', 'mailbox x ', 'spf ', 'dkim ', 'message a ', 'recipient ', 'no ', 'client host ', 'ip x ', 'domain ', 'attachment ', 'account ', 'the '].map((text) => text.repeat(50_000));
    for (const text of hostile) {
      expect(fastestMs(() => classifyReply({ code: 550, text }))).toBeLessThan(10);
    }
  });
});

describe('the data', () => {
  // IANA "SMTP Enhanced Status Codes": the last detail of each subject; all details from 0 on are registered.
  test('sec-S37 has every registered enhanced code exactly once, and no other', () => {
    const lastDetail = [0, 10, 4, 6, 7, 6, 11, 30];
    const registered = lastDetail.flatMap((last, subject) => Array.from({ length: last + 1 }, (_, detail) => `${String(subject)}.${String(detail)}`));
    expect(Object.keys(ENHANCED_CODES).sort()).toEqual(registered.sort());
    for (const code of Object.keys(PROVIDER_CODES)) expect(ENHANCED_CODES).not.toHaveProperty([code]);
  });

  test('sec-S37 a registered code without a text gives the one class and reason of its row', () => {
    for (const [code, { permanent }] of Object.entries(ENHANCED_CODES)) {
      if (code === '0.0') continue;
      expect([code, classifyReply({ code: 0, enhanced: `5.${code}`, text: '' })]).toEqual([code, { class: permanent[0], reason: permanent[1] }]);
    }
  });

  test('policy.md: only these codes are hard; none of 5.2.2, 5.4.x and 5.7.x', () => {
    const hard = Object.entries(ENHANCED_CODES).filter(([, { permanent }]) => permanent[0] === 'hard').map(([code]) => code);
    expect(hard).toEqual(['1.1', '1.2', '1.3', '1.6', '1.10', '2.1']);
  });

  test('every row uses known classes and reasons, and every wording is lower case', () => {
    const rows = [...Object.values(ENHANCED_CODES), ...Object.values(PROVIDER_CODES), ...PRECISE_TEXTS, ...LOOSE_TEXTS].flatMap(({ permanent, transient }) => transient === undefined ? [permanent] : [permanent, transient]);
    for (const [cls, reason] of [...rows, ...Object.values(BASIC_CODES)]) expect([BOUNCE_CLASSES.includes(cls), BOUNCE_REASONS.includes(reason)]).toEqual([true, true]);
    for (const { pattern } of [...PRECISE_TEXTS, ...LOOSE_TEXTS]) expect(pattern.source.replaceAll(/\\[SWD]/g, '')).not.toMatch(/[A-Z]/);
    expect(OWN_CLASSIFICATIONS.outcome_unknown).toEqual({ class: 'undetermined', reason: 'outcome_unknown' });
  });
});

describe('parseEnhancedCode', () => {
  test.each([['5.1.1 x', '5.1.1'], ['4.07.001', '4.7.1'], ['2.0.0', '2.0.0'], ['5.1', undefined], ['5.1.1.1', undefined], ['3.1.1', undefined], ['5.1.1234', undefined], ['x 5.1.1', undefined], ['', undefined]])('reads %j as %s', (text, code) => {
    expect(parseEnhancedCode(text)?.code).toBe(code);
  });
});
