import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startSandbox, type Sandbox } from '@nexoramail/sandbox';
import { NodeDnsLookup } from './node-dns-lookup.js';

let sandbox: Sandbox;
let dns: NodeDnsLookup;
beforeAll(async () => {
  sandbox = await startSandbox();
  dns = new NodeDnsLookup({ servers: [`127.0.0.1:${sandbox.dnsPort}`], timeoutMs: 100, deadlineMs: 400 });
});
afterAll(() => sandbox.stop());

test('long texts come joined, over TCP where they do not fit a datagram', async () => {
  const long = 'k'.repeat(3_000);
  sandbox.zone.put({ name: '_t.shop.example', type: 'TXT', values: [long, 'short'] });
  expect(await dns.txt('_t.shop.example')).toEqual({ kind: 'found', values: [long, 'short'] });
});

test('a name that is not there, and one without such a record, are missing', async () => {
  sandbox.zone.put({ name: 'a.shop.example', type: 'A', values: ['192.0.2.1'] });
  expect(await dns.txt('_none.shop.example')).toEqual({ kind: 'missing' });
  expect(await dns.cname('a.shop.example')).toEqual({ kind: 'missing' });
});

test('an alias is told, not followed', async () => {
  sandbox.zone.put({ name: 'b.shop.example', type: 'CNAME', values: ['target.example'] });
  expect(await dns.cname('b.shop.example')).toEqual({ kind: 'found', values: ['target.example'] });
});

test('servers that fail, refuse to answer or answer too late prove nothing, and cost no more than the deadline', async () => {
  sandbox.zone.put({ name: 'fail.example', type: 'SERVFAIL', values: [] });
  sandbox.zone.put({ name: 'silent.example', type: 'TIMEOUT', values: [] });
  sandbox.zone.put({ name: 'slow.example', type: 'DELAY', values: ['60000'] });
  const start = performance.now();
  const answers = await Promise.all(['fail.example', 'silent.example', 'slow.example'].map((name) => dns.txt(name)));
  expect(answers).toEqual([{ kind: 'failed', reason: 'server failure' }, { kind: 'failed', reason: 'no answer in time' }, { kind: 'failed', reason: 'no answer in time' }]);
  expect(performance.now() - start).toBeLessThan(2_000);
});

test('what is no DNS name is an answer too', async () => {
  expect(await dns.txt(`${'x'.repeat(300)}.example`)).toMatchObject({ kind: expect.stringMatching(/failed|missing/) });
});
