import { describe, expect, test } from '@jest/globals';
import type { EmailEvent, EmailEventType } from '@nexoramail/sdk';
import fc from 'fast-check';
import { eventLine } from './event-line.js';
import { duration, jsonLine, styleFor } from './text.js';
import { Timeline } from './timeline.js';

const PLAIN = styleFor(false, {});
const SHAPES = { shapes: true, colours: false };
const two = { id: 'em_1', recipients: [{ id: 'r1', address: 'ann@x.example', status: 'queued' as const }, { id: 'r2', address: 'bob@x.example', status: 'queued' as const }] };
const one = { ...two, recipients: two.recipients.slice(0, 1) };

function event(word: string, atMs: number, more: Partial<EmailEvent['data']> = {}): EmailEvent {
  return {
    id: 'evt_1', type: `email.${word}` as EmailEventType, timestamp: new Date(Date.parse('2026-03-01T09:00:00Z') + atMs).toISOString(),
    data: { email_id: 'em_1', recipient: { id: 'r1', address: 'ann@x.example' }, attempt: null, smtp: null, classification: null, tags: [], metadata: {}, category: 'auth.otp', message_id_header: '<1@x>', test: false, ...more },
  };
}

const delayed = event('delayed', 40, {
  smtp: { code: 451, enhanced: '4.3.0', text: 'try again later', mx: 'mx.x.example', tls: 'TLSv1.3' }, classification: { class: 'soft', reason: 'system_error' }, next_attempt_at: '2026-03-01T09:01:37.040Z',
});

describe('a timeline', () => {
  test('is plain lines where there is no terminal', () => {
    const timeline = new Timeline('defer@sandbox.test', one, PLAIN);
    expect([timeline.head(), timeline.line(event('accepted', 0)), timeline.line(delayed), timeline.note('clock moved'), timeline.line(event('delivered', 97_500))]).toEqual([
      'defer@sandbox.test  em_1',
      '  accepted         0.00 s',
      '  delayed          0.04 s  451 4.3.0 try again later · soft, system_error · next try in 1 min 37 s · mx.x.example, TLSv1.3',
      '  (clock moved)',
      '  delivered    1 min 38 s',
    ]);
  });

  test('has branches on a terminal, and its last branch closes it', () => {
    const timeline = new Timeline('t', one, SHAPES);
    expect([timeline.head(), timeline.line(event('accepted', 0)), timeline.line(event('bounced', 20))]).toEqual(['● t  em_1', '├─  accepted         0.00 s', '└─✗ bounced          0.02 s']);
    expect(timeline.ended).toBe(true);
  });

  test('with several recipients names each, and ends when all have ended', () => {
    const timeline = new Timeline('t', two, PLAIN);
    expect(timeline.line(event('delivered', 0))).toContain('ann@x.example');
    expect(timeline.ended).toBe(false);
    timeline.line(event('failed', 0, { recipient: { id: 'r2', address: 'bob@x.example' } }));
    expect(timeline.ended).toBe(true);
  });

  test('a bounce report after the delivery is no end of its own', () => {
    const timeline = new Timeline('t', one, PLAIN);
    expect(timeline.line(event('bounced', 0, { late: true }))).toContain('reported after the delivery');
    expect(timeline.ended).toBe(false);
  });

  test('nothing that others wrote can move the cursor, break the line or turn the direction', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom('\u001b[2J', '\r', '\n', '\u009b', '\u202e', 'a') }), (text, evil) => {
      const hostile = event('bounced', 0, { smtp: { code: 550, enhanced: null, text: text + evil, mx: evil }, recipient: { id: 'r1', address: evil }, email_id: evil });
      for (const line of [new Timeline(evil, two, PLAIN).line(hostile), new Timeline(evil, { ...one, id: evil }, PLAIN).head(), eventLine(hostile)]) expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e]/u);
      expect(jsonLine(hostile)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
      expect(JSON.parse(jsonLine(hostile))).toEqual(hostile);
    }));
  });
});

test.each([[0, '0.00 s'], [-5, '0.00 s'], [1_234, '1.23 s'], [59_994, '59.99 s'], [59_996, '1 min 0 s'], [97_500, '1 min 38 s'], [3_599_900, '1 h 0 min'], [8_100_000, '2 h 15 min']])('%i ms is %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test('colours are for terminals that show them, unless NO_COLOR says otherwise', () => {
  expect(styleFor(true, {})).toEqual({ shapes: true, colours: true });
  expect(styleFor(true, { NO_COLOR: '1' })).toEqual({ shapes: true, colours: false });
  expect(styleFor(true, { TERM: 'dumb' })).toEqual({ shapes: false, colours: false });
  expect(styleFor(false, {})).toEqual({ shapes: false, colours: false });
  expect(new Timeline('t', one, styleFor(true, {})).line(event('delivered', 0))).toContain('\u001b[32m');
  expect(new Timeline('t', one, styleFor(true, { NO_COLOR: '1' })).line(event('delivered', 0))).not.toContain('\u001b');
});

test('an event of the account tells its names, not its ids', () => {
  expect(eventLine({ id: 'evt_1', type: 'domain.verified', timestamp: '2026-03-01T09:00:00Z', data: { domain: { id: 'dom_1', name: 'shop.example', status: 'verified' }, test: false } })).toBe('2026-03-01T09:00:00Z  domain.verified    shop.example, verified');
});
