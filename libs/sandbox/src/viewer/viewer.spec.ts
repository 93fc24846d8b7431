import { request as httpRequest } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock, seededRandom } from '@nexoramail/kernel';
import { nodeResolver } from '@nexoramail/mail';
import { startSandbox, type Sandbox } from '../sandbox.js';
import { RawClient } from '../test-support/raw-client.js';

let sandbox: Sandbox;
let clock: ManualClock;
let client: RawClient;

beforeEach(async () => {
  clock = new ManualClock();
  sandbox = await startSandbox({ clock, random: seededRandom(2), limits: { messages: 5, octets: 100_000 } });
  client = RawClient.open(sandbox.smtpPort);
  await client.reply();
  await client.command('EHLO c.example');
});

afterEach(async () => {
  client.close();
  await sandbox.stop();
});

const call = async (method: string, path: string, body?: unknown): Promise<{ status: number; type: string; json: Record<string, unknown>; text: string; headers: Headers }> => {
  const response = await fetch(new URL(path, sandbox.httpUrl), { method, ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }) });
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  return { status: response.status, type, text, headers: response.headers, json: type.includes('json') ? (JSON.parse(text) as Record<string, unknown>) : {} };
};

const listed = async (query = ''): Promise<Record<string, unknown>[]> => (await call('GET', `/messages${query}`)).json['data'] as Record<string, unknown>[];

describe('the messages', () => {
  it('are listed newest first, by recipient and up to a limit, and read byte for byte', async () => {
    await client.send('ann@x.example', 'Subject: one\r\n\r\n1\r\n');
    clock.advance(1_000);
    await client.send('Bob@x.example', 'Subject: two\r\n\r\n\x80\xff\r\n');
    const all = await listed();
    expect(all).toHaveLength(2);
    expect(all[0]).toMatchObject({ envelope_from: 'returns@sender.example', envelope_to: 'Bob@x.example', subject: 'two', received_at: '2026-03-01T09:00:01.000Z', tls: null });
    expect((await listed('?limit=1')).map(({ subject }) => subject)).toEqual(['two']);
    expect((await listed('?to=ANN@x.example')).map(({ subject }) => subject)).toEqual(['one']);
    const id = String(all[1]?.['id']);
    const raw = await call('GET', `/messages/${id}/raw`);
    expect([raw.status, raw.type, raw.text]).toEqual([200, 'message/rfc822', 'Subject: one\r\n\r\n1\r\n']);
    expect((await call('DELETE', '/messages')).status).toBe(204);
    expect(await listed()).toEqual([]);
    expect((await call('GET', `/messages/${id}/raw`)).status).toBe(404);
  });

  it('are bounded by number and by size: the oldest go', async () => {
    for (let i = 0; i < 7; i += 1) await client.send('a@x.example', `Subject: ${i}\r\n\r\n`);
    expect((await listed()).map(({ subject }) => subject)).toEqual(['6', '5', '4', '3', '2']);
    await client.send('a@x.example', `Subject: big\r\n\r\n${'x'.repeat(70)}\r\n`.padEnd(17, ' ') + `${'y'.repeat(70)}\r\n`.repeat(1_380));
    expect((await listed()).map(({ subject }) => subject).slice(0, 2)).toEqual(['big', '6']);
    await client.send('a@x.example', `Subject: more\r\n\r\n${`${'y'.repeat(70)}\r\n`.repeat(1_380)}`);
    expect((await listed()).map(({ subject }) => subject)).toEqual(['more']);
  });

  it('sec-A37 are shown in a sandbox of their own: no script, no request, no origin', async () => {
    await client.send('a@x.example', 'Subject: <script>\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<img src=http://evil.example/x onerror=alert(1)><script>alert(1)</script>\r\n');
    const id = String((await listed())[0]?.['id']);
    const preview = await call('GET', `/messages/${id}/html`);
    expect(preview.headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none'; img-src data:; /);
    const page = await call('GET', '/');
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; connect-src 'self'; frame-src 'self'/);
    expect(page.text).toContain("el('iframe', { sandbox: ''");
    expect(page.text).not.toMatch(/innerHTML|https?:\/\/(?!www\.w3\.org)/);
    expect((await call('GET', `/messages/${id}`)).json).toMatchObject({ subject: '<script>', has_html: true, text: null, attachments: [] });
  });

  it('tell a page at once that something came', async () => {
    const response = await fetch(new URL('/live', sandbox.httpUrl));
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const next = async (): Promise<string> => new TextDecoder().decode((await reader.read()).value);
    expect(await next()).toContain('event: change');
    await client.send('a@x.example');
    expect(await next()).toContain('event: change');
    await reader.cancel();
  });
});

describe('the script and the records', () => {
  it('are set, shown and taken back over HTTP', async () => {
    expect(await call('PUT', '/script', { rules: [{ domain: 'x.example', reply: '451 4.7.1 slow down', probability: 1 }] })).toMatchObject({ status: 200, json: { rules: [{ domain: 'x.example', reply: { code: 451, enhanced: '4.7.1', text: 'slow down' } }] } });
    expect(await client.send('a@x.example')).toBe('451 4.7.1 slow down');
    expect((await call('PUT', '/script', { address: 'b@x.example', reply: { code: 554, text: 'two\nlines' } })).status).toBe(200);
    await client.command('RSET');
    expect(await client.send('b@x.example')).toBe('554-two\n554 lines');
    expect((await call('DELETE', '/script')).status).toBe(204);
    await client.command('RSET');
    expect(await client.send('b@x.example')).toContain('250');
    expect((await call('GET', '/script')).json).toEqual({ rules: [] });
  });

  it('publish what any resolver finds', async () => {
    const dns = nodeResolver({ servers: [`127.0.0.1:${sandbox.dnsPort}`], timeoutMs: 500, tries: 1 });
    expect((await call('PUT', '/dns', { name: 'k._domainkey.brand.example', type: 'TXT', values: ['v=DKIM1; p=abc'], ttl: 9 })).status).toBe(200);
    expect(await dns.resolveTxt('k._domainkey.brand.example')).toEqual([['v=DKIM1; p=abc']]);
    expect((await call('GET', '/dns')).json).toEqual({ data: [{ name: 'k._domainkey.brand.example', type: 'TXT', values: ['v=DKIM1; p=abc'], ttl: 9 }] });
    expect((await call('DELETE', '/dns', { name: 'k._domainkey.brand.example', type: 'TXT' })).status).toBe(204);
    await expect(dns.resolveTxt('k._domainkey.brand.example')).rejects.toMatchObject({ fault: 'not_found' });
    await call('PUT', '/dns', { name: 'a.example', type: 'A', values: ['192.0.2.1'] });
    expect((await call('DELETE', '/dns?name=a.example')).status).toBe(204);
    expect((await call('DELETE', '/dns?name=a.example')).status).toBe(404);
    expect((await call('DELETE', '/dns')).status).toBe(204);
  });

  it('count', async () => {
    await client.send('a@x.example');
    expect((await call('GET', '/counters')).json).toMatchObject({ total: { sessions: 1, messages: 1, commands: { EHLO: 1, MAIL: 1, RCPT: 1, DATA: 1 } }, domains: { 'x.example': { messages: 1 } } });
    expect((await call('DELETE', '/counters')).status).toBe(204);
    expect((await call('GET', '/counters')).json).toMatchObject({ total: { sessions: 0 }, clients: {}, domains: {} });
  });

  it.each([
    ['PUT', '/script', '{', 400, undefined], ['PUT', '/script', '\xff', 422, undefined], ['PUT', '/script', undefined, 422, undefined],
    ['PUT', '/script', { rules: [{ reply: '999 x' }] }, 422, '/rules/0/reply'], ['PUT', '/script', { rules: [{ probability: 2 }] }, 422, '/rules/0/probability'],
    ['PUT', '/script', { rules: [{ adress: 'a@b' }] }, 422, '/rules/0/adress'], ['PUT', '/script', { rules: [{ command: 'HELP' }] }, 422, '/rules/0/command'],
    ['PUT', '/script', { rules: [{ command: 'CONNECT', domain: 'x.example', cut: true }] }, 422, '/rules/0/command'], ['PUT', '/script', { rules: [{ reply: '250 a\r\nb' }] }, 422, '/rules/0/reply'],
    ['PUT', '/dns', { name: 'x..y', type: 'A', values: ['192.0.2.1'] }, 422, '/name'], ['PUT', '/dns', { name: 'x.y', type: 'SRV', values: [] }, 422, '/type'], ['PUT', '/dns', { name: 'x.y', type: 'A', values: ['1.2.3'] }, 422, '/values/0'],
    ['PUT', '/dns', { name: 'x.y', type: 'MX', values: ['ten mx'] }, 422, '/values/0'], ['PUT', '/dns', { name: 'x.y', type: 'CNAME', values: ['a.b', 'c.d'] }, 422, '/values'], ['DELETE', '/dns', { type: 'A' }, 422, '/name'],
    ['GET', '/messages?limit=0', undefined, 400, '?limit'], ['GET', '/messages?limit=abc', undefined, 400, '?limit'], ['GET', '/messages/none', undefined, 404, undefined], ['GET', '/nothing', undefined, 404, undefined],
    ['POST', '/messages', undefined, 405, undefined], ['GET', '/messages/../../etc/passwd', undefined, 404, undefined], ['PUT', '/script', 'x'.repeat(1_100_000), 413, undefined],
  ])('%s %s %j is refused with %d and says where: %s', async (method, path, body, status, pointer) => {
    const answer = await call(method, path, body === '\xff' ? '"x"' : body);
    expect(answer.status).toBe(status);
    expect(answer.type).toContain('application/problem+json');
    expect(answer.json).toMatchObject({ status, detail: expect.any(String) });
    if (pointer !== undefined) expect((answer.json['errors'] as { pointer: string }[]).map((error) => error.pointer)).toContain(pointer);
    expect(answer.text).not.toMatch(/at \/|node:|stack/);
  });

  it('answers to a loopback Host only', async () => {
    const status = await new Promise<number | undefined>((resolve) => {
      httpRequest(sandbox.httpUrl, { headers: { host: 'evil.example' } }, (response) => { response.resume(); resolve(response.statusCode); }).end();
    });
    expect(status).toBe(403);
  });
});
