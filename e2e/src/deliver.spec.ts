import { execFile } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { authenticate } from 'mailauth';
import { simpleParser } from 'mailparser';
import { Webhook } from 'standardwebhooks';
import { browserPath, openBrowser } from './support/browser.js';
import { HookSink } from './support/hooks.js';
import { Stack } from './support/stack.js';
import { until } from './support/wait.js';

const run = promisify(execFile);
let stack: Stack;
let hooks: HookSink;
beforeAll(async () => {
  stack = await Stack.start();
  hooks = await HookSink.start();
});
afterAll(async () => {
  await stack.stop();
  await hooks.stop();
});

const sandboxResolver = (): Resolver => {
  const resolver = new Resolver();
  resolver.setServers([`127.0.0.1:${stack.demo.sandbox_mx.dns_port}`]);
  return resolver;
};

async function delivered(to: string, extra: Record<string, unknown> = {}): Promise<{ id: string; raw: Buffer; envelopeFrom: string }> {
  const id = await stack.send(to, extra);
  await stack.events(id, (types) => types.includes('email.delivered'));
  const copy = await until('the copy in the inbox', async () => (await stack.inbox(to))[0]);
  return { id, raw: await stack.raw(copy.id), envelopeFrom: copy.envelope_from };
}

describe('one message, all the way', () => {
  test('events are exactly accepted, queued, sent, delivered, in order', async () => {
    const { id } = await delivered('delivered+events@sandbox.test');
    expect(await stack.events(id, (types) => types.length >= 4)).toEqual(['email.accepted', 'email.queued', 'email.sent', 'email.delivered']);
    const { data } = (await stack.api('GET', '/v1/events?limit=100')).body as { data: { seq: number; data: { email_id: string } }[] };
    expect(data.map(({ seq }) => seq)).toEqual(data.map((_, index) => index + 1));
    const { data: listed } = (await stack.api('GET', '/v1/emails')).body as { data: { id: string; status: string }[] };
    expect(listed[0]).toMatchObject({ id, status: 'delivered' });
  });

  test('what was written is what arrives, from an envelope that only we can read', async () => {
    const { raw, envelopeFrom } = await delivered('delivered+parts@sandbox.test', {
      subject: 'Grüße, Ölgemälde №5 ✓', text: 'Grüße\n.\n..two dots\n', html: '<p>Grüße <img src="cid:logo"></p>', reply_to: ['Ann Müller <ann@shop.example>'], headers: { 'X-Order': '1001' },
      attachments: [{ filename: 'Rechnung März.pdf', content: Buffer.from('%PDF-1.7 test').toString('base64'), content_type: 'application/pdf' }, { filename: 'logo.png', content: 'iVBORw0KGgo=', content_type: 'image/png', content_id: 'logo' }],
    });
    const parsed = await simpleParser(raw);
    expect(parsed.subject).toBe('Grüße, Ölgemälde №5 ✓');
    expect(parsed.text?.replaceAll('\r\n', '\n')).toContain('Grüße\n.\n..two dots\n');
    expect(parsed.html).toContain('Grüße');
    expect(parsed.attachments.map(({ filename, size }) => [filename, size])).toEqual(expect.arrayContaining([['Rechnung März.pdf', 13], ['logo.png', 8]]));
    expect(parsed.headers.get('x-order')).toBe('1001');
    expect(envelopeFrom).toMatch(/^b-[0-9a-z]{61}@bounce\.shop\.nexora\.test$/);
    // eslint-disable-next-line no-control-regex -- a lone CR or LF anywhere
    expect(raw.toString('latin1')).not.toMatch(/(^|[^\r])\n|\r(?!\n)|\x00/);
  });

  test('DKIM verifies with the key that the sandbox DNS publishes over UDP: mailauth', async () => {
    const { raw } = await delivered('delivered+dkim@sandbox.test');
    const resolver = sandboxResolver();
    const { dkim } = await authenticate(raw, { ip: '127.0.0.1', helo: 'x', sender: '', trustReceived: false, resolver: (name: string, type: string) => resolver.resolve(name, type as 'TXT'), disableArc: true, disableDmarc: true, disableBimi: true });
    expect(dkim.results.map(({ status, signingDomain }) => [status.result, signingDomain])).toEqual([['pass', stack.demo.domain]]);
    // A second Subject must break it: the header is oversigned.
    const forged = Buffer.from(raw.toString('latin1').replace('\r\nSubject:', '\r\nSubject: forged\r\nSubject:'), 'latin1');
    const again = await authenticate(forged, { ip: '127.0.0.1', helo: 'x', sender: '', trustReceived: false, resolver: (name: string, type: string) => resolver.resolve(name, type as 'TXT'), disableArc: true, disableDmarc: true, disableBimi: true });
    expect(again.dkim.results[0]?.status.result).not.toBe('pass');
  });

  test('DKIM verifies: dkimpy, where it is installed', async () => {
    const python = await pythonWithDkim();
    if (python === undefined) {
      expect(process.env['CI']).toBeUndefined(); // CI installs it
      return;
    }
    const { raw } = await delivered('delivered+dkimpy@sandbox.test');
    const selector = /s=([^;]+);/.exec(raw.toString('latin1').replaceAll(/\r\n\s+/g, ''))?.[1] ?? '';
    const record = (await sandboxResolver().resolveTxt(`${selector}._domainkey.${stack.demo.domain}`)).map((parts) => parts.join('')).join('');
    const folder = await mkdtemp(join(tmpdir(), 'nexora-dkim-'));
    try {
      await writeFile(join(folder, 'm.eml'), raw);
      const script = 'import dkim,sys\nm=open(sys.argv[1],"rb").read()\nk=sys.argv[2].encode()\nprint(dkim.verify(m,dnsfunc=lambda n,timeout=5:k))';
      expect((await run(python, ['-c', script, join(folder, 'm.eml'), record])).stdout.trim()).toBe('True');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('the webhook is verified by standardwebhooks, once per event, with the feed\'s own ids', async () => {
    const { body } = await stack.api('POST', '/v1/webhooks', { url: hooks.url, events: ['*'] });
    const { secret } = body as { secret: string };
    const { id } = await delivered('delivered+hook@sandbox.test');
    const posts = await until('four posts', () => Promise.resolve(ofMessage(id).length >= 4 && ofMessage(id)));
    const verifier = new Webhook(secret);
    for (const { body: text, headers } of posts) expect(verifier.verify(text, headers as Record<string, string>)).toMatchObject({ data: { email_id: id } });
    const { data } = (await stack.api('GET', `/v1/emails/${id}/events`)).body as { data: { id: string }[] };
    expect(posts.map(({ headers }) => headers['webhook-id']).sort()).toEqual(data.map((event) => event.id).sort());
  });

  test('a test key runs the whole pipeline and opens no connection', async () => {
    const as = { authorization: `Bearer ${stack.demo.test_api_key}` };
    const { status, body } = await stack.api('POST', '/v1/emails', stack.mail('bounce+testkey@sandbox.test'), as);
    expect(status).toBe(202);
    const { id } = body as { id: string };
    const seen = await until('the simulated bounce', async () => {
      const { data } = (await stack.api('GET', `/v1/emails/${id}/events`, undefined, as)).body as { data: { type: string; data: { test: boolean } }[] };
      return data.some(({ type }) => type === 'email.bounced') && data;
    });
    expect(seen.every(({ data }) => data.test)).toBe(true);
    expect(await stack.inbox('bounce+testkey@sandbox.test')).toEqual([]);
    expect((await stack.api('GET', `/v1/emails/${id}`)).status).toBe(404);
  });
});

/** A distribution's package belongs to its own interpreter, which need not be the first in PATH. */
async function pythonWithDkim(): Promise<string | undefined> {
  for (const python of ['python3', '/usr/bin/python3']) if (await run(python, ['-c', 'import dkim']).then(() => true, () => false)) return python;
  return undefined;
}

function ofMessage(id: string): typeof hooks.posts {
  return hooks.posts.filter(({ event }) => event.data.email_id === id);
}

(browserPath === undefined ? describe.skip : describe)('the dashboard in a browser', () => {
  test("a person signs in with the demo account and sees a row change without reload", async () => {
    const browser = await openBrowser();
    try {
      const page = await browser.newPage();
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(error.message));
      await page.goto(stack.demo.dashboard_url);
      await page.getByRole('button', { name: /demo account/i }).click();
      await page.getByRole('heading', { name: 'Messages' }).waitFor();
      let loads = 0;
      page.on('load', () => (loads += 1));
      const to = 'defer+browser@sandbox.test';
      const id = await stack.send(to);
      const row = page.getByRole('row').filter({ hasText: to });
      await row.getByText(/delayed/i).first().waitFor();
      await stack.events(id, (types) => types.includes('email.delayed'));
      await stack.advance(1200); // below the hour after which an idle session ends
      await stack.events(id, (types) => types.filter((type) => type === 'email.delayed').length === 2);
      await stack.advance(1200); // below the hour after which an idle session ends
      await row.getByText(/delivered/i).first().waitFor();
      expect(loads).toBe(0);
      await row.getByRole('link').first().click();
      await page.getByText(/250/).first().waitFor();
      expect(problems).toEqual([]);
    } finally {
      await browser.close();
    }
  }, 90_000);
});
