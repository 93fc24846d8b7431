import { describe, expect, test } from '@jest/globals';
import { Ledger } from './ledger.js';

const A = 'ann@shop.example';
const run = (steps: (ledger: Ledger) => void) => {
  const ledger = new Ledger();
  steps(ledger);
  return ledger.verdict();
};

describe('Ledger', () => {
  test('is green when each accepted copy arrived once, bounced, or waits', () => {
    expect(run((ledger) => {
      ledger.accepted('1', [A, 'bob@shop.example']);
      ledger.accepted('2', [A]);
      ledger.ambiguous('3', [A]);
      ledger.sunk('1', A);
      ledger.event('1', A, 'email.sent');
      ledger.event('1', A, 'email.delivered');
      ledger.event('1', A, 'email.bounced', { late: true });
      ledger.event('1', 'bob@shop.example', 'email.bounced');
      ledger.waiting('2', A);
    })).toEqual({ accepted: 3, sunk: 1, lost: [], duplicates: 0, allowedDuplicates: 0, strangers: [], contradictions: [], green: true });
  });

  test('an accepted copy of which nothing is known is lost', () => {
    expect(run((ledger) => ledger.accepted('1', [A]))).toMatchObject({ lost: [`1 ${A}`], green: false });
  });

  test('a second copy is a duplicate, fine only within what the faults allow', () => {
    const twice = (allowed: number) => run((ledger) => {
      ledger.accepted('1', [A]);
      ledger.sunk('1', A);
      ledger.sunk('1', A);
      ledger.allowDuplicates(allowed);
    });
    expect([twice(0).green, twice(1).green, twice(0).duplicates]).toEqual([false, true, 1]);
  });

  test('mail of which no client knows is a stranger, unless its answer was lost', () => {
    expect(run((ledger) => ledger.sunk('1', A)).strangers).toEqual([`1 ${A}`]);
    expect(run((ledger) => { ledger.ambiguous('1', [A]); ledger.sunk('1', A); }).green).toBe(true);
  });

  test('a later acceptance settles an ambiguous request, not the other way round', () => {
    expect(run((ledger) => { ledger.ambiguous('1', [A]); ledger.accepted('1', [A]); ledger.ambiguous('1', [A]); }).lost).toEqual([`1 ${A}`]);
  });

  test.each<[string, (ledger: Ledger) => void]>([
    ['two terminal events', (ledger) => { ledger.event('1', A, 'email.bounced'); ledger.event('1', A, 'email.failed'); }],
    ['two webhook ids of one event', (ledger) => { ledger.webhook('1', A, 'evt_1'); ledger.webhook('1', A, 'evt_2'); }],
    ['a late bounce without delivery', (ledger) => ledger.event('1', A, 'email.bounced', { late: true })],
    ['delivered, but not at the sink', (ledger) => ledger.event('1', A, 'email.delivered')],
    ['final and still waiting', (ledger) => { ledger.event('1', A, 'email.expired'); ledger.waiting('1', A); }],
  ])('%s is a contradiction', (_name, steps) => {
    expect(run(steps).contradictions).toEqual([`1 ${A}`]);
  });
});
