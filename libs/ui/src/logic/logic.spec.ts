import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { errorFacts, eventLook, formatDuration, formatReply, formatTime, parseTheme, relativeTime, replyTone, statusLook, visibleText } from '../index.js';

test.each([
  ['delivered', 'success', false], ['bounced', 'danger', false], ['delayed', 'warning', true], ['queued', 'info', true], ['suppressed', 'neutral', false], ['partially_delivered', 'warning', false],
])('the state %s has the tone %s', (status, tone, active) => {
  expect(statusLook(status)).toMatchObject({ tone, active });
});

test('states and events of a later release keep their names', () => {
  expect(statusLook('on_fire')).toEqual({ label: 'On fire', tone: 'neutral', active: false });
  expect(statusLook('constructor').tone).toBe('neutral');
  expect(eventLook('email.teleported')).toMatchObject({ title: 'email.teleported', tone: 'neutral' });
});

test('invisible characters of strangers are made visible, all else stays', () => {
  expect(visibleText('a\u202egpj.exe\u0000\u001b[2J\u200b')).toBe('a⟨U+202E⟩gpj.exe␀␛[2J⟨U+200B⟩');
  expect(visibleText('Grüße, 你好\tשלום\n👋')).toBe('Grüße, 你好\tשלום\n👋');
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
    const seen = visibleText(text);
    // eslint-disable-next-line no-control-regex
    expect(seen).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    expect(visibleText(seen)).toBe(seen);
  }));
});

test('spans are told in the unit that matters', () => {
  expect([0, 999, 1_000, 9_994, 12_340, 245_000, 11_400_000, 187_200_000].map(formatDuration)).toEqual(['0 ms', '999 ms', '1.00 s', '9.99 s', '12.3 s', '4 min 05 s', '3 h 10 min', '2 d 4 h']);
  expect([Number.NaN, -1].map(formatDuration)).toEqual(['–', '–']);
  expect([0, -12_000, -180_000, -90_000_000, 7_200_000].map((offset) => relativeTime(1e12 + offset, 1e12))).toEqual(['now', '12 s ago', '3 min ago', '1 d ago', 'in 2 h']);
  expect([null, undefined, '', 'soon'].map((at) => formatTime(at))).toEqual(['–', '–', '–', '–']);
});

test('lines of a mail server are coloured by their first digit, and by nothing that only looks like it', () => {
  expect(['250 OK', '250-SIZE', '451 4.7.1 later', '550-5.1.1 no', '550'].map(replyTone)).toEqual([undefined, undefined, 'warning', 'danger', 'danger']);
  expect(['5500 x', 'x550 y', '55', ' 550 z', 'EHLO 550'].map(replyTone)).toEqual([undefined, undefined, undefined, undefined, undefined]);
});

test('a reply is one line, the enhanced code once', () => {
  expect(formatReply({ code: 550, enhanced: '5.1.1', text: '5.1.1 no such user' })).toBe('550 5.1.1 no such user');
  expect(formatReply({ code: 250, enhanced: null, text: 'OK' })).toBe('250 OK');
  expect(formatReply({ code: null, enhanced: null, text: 'connection lost' })).toBe('connection lost');
});

test('an error of the API says what it knows; any other says nothing of its inside', () => {
  const api = Object.assign(new Error('The key lacks emails:read.'), { code: 'insufficient_scope', requestId: 'req_1', title: 'The API key lacks a scope' });
  expect(errorFacts(api)).toEqual({ title: 'The API key lacks a scope', detail: 'The key lacks emails:read.', code: 'insufficient_scope', requestId: 'req_1' });
  expect(errorFacts(Object.assign(new Error('x'), { code: 'connection_failed' })).title).toBe('NexoraMail cannot be reached');
  expect(errorFacts(new TypeError('cannot read y of undefined')).detail).not.toContain('undefined');
  expect(errorFacts('boom').code).toBeNull();
});

test('only a known theme is taken from storage', () => {
  expect(['dark', 'light', 'system', null, '<b>'].map(parseTheme)).toEqual(['dark', 'light', 'system', 'system', 'system']);
});
