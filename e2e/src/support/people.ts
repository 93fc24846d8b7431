import { createHmac } from 'node:crypto';
import type { Stack } from './stack.js';

/** A signed-in person: cookie and CSRF token. */
export interface Session {
  readonly cookie: string;
  readonly csrf: string;
}

/** The TOTP code of a base32 secret at a real time (RFC 6238). */
export function totpCode(secret: string, at = Date.now()): string {
  const bits = [...secret].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const digest = createHmac('sha1', key).update(counter).digest();
  return String((digest.readUInt32BE((digest.at(-1) ?? 0) & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** Signs in over the session API, with the second factor when the person has one. */
export async function signIn(stack: Stack, person: { email: string; password: string; totp_secret?: string }): Promise<Session> {
  const post = (path: string, body: object, cookie = ''): Promise<Response> =>
    fetch(`${stack.demo.api_url}/session/v1/${path}`, { method: 'POST', headers: { 'content-type': 'application/json', origin: stack.demo.api_url, cookie }, body: JSON.stringify(body) });
  const cookieOf = (response: Response): string => response.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
  let response = await post('sign-in', { email: person.email, password: person.password });
  if (response.status !== 200) throw new Error(`Sign-in answered ${response.status}: ${await response.text()}`);
  const { next } = (await response.json()) as { next: string };
  let cookie = cookieOf(response);
  if (next === 'factor') {
    response = await post('factor', { code: totpCode(person.totp_secret ?? '') }, cookie);
    if (response.status !== 200) throw new Error(`The factor answered ${response.status}: ${await response.text()}`);
    cookie = cookieOf(response);
  }
  const me = (await (await fetch(`${stack.demo.api_url}/session/v1/me`, { headers: { cookie } })).json()) as { csrf_token: string };
  return { cookie, csrf: me.csrf_token };
}

/** Headers of a call by a session. */
export const bySession = (stack: Stack, session: Session): Record<string, string> => ({ authorization: '', cookie: session.cookie, 'x-nexora-csrf': session.csrf, origin: stack.demo.api_url });

/** Another account with a verified domain and a live key, made the way staff and customers do it. */
export interface OtherAccount {
  readonly accountId: string;
  readonly apiKey: string;
  readonly domain: string;
  readonly domainId: string;
  readonly sender: string;
  readonly owner: Session;
}

let count = 0;

/** Makes an account of a plan, active, with `limit` recipients a period when given. `staff` is signed in once per code's 30 s. */
export async function makeAccount(stack: Stack, staff: Session, options: { plan?: string; limit?: number } = {}): Promise<OtherAccount> {
  count += 1;
  const label = `t${count}x${stack.offset}`;
  const as = bySession(stack, staff);
  const expect = async (status: number, call: ReturnType<Stack['api']>): Promise<Record<string, string>> => {
    const reply = await call;
    if (reply.status !== status) throw new Error(`Expected ${status}, got ${reply.status}: ${JSON.stringify(reply.body)}`);
    return reply.body as Record<string, string>;
  };
  const { id = '' } = await expect(201, stack.api('POST', '/staff/v1/accounts', { name: `Test ${label}`, plan: options.plan ?? 'growth', warmup_exempt: true }, as));
  const owner = { email: `owner@${label}.test`, password: `a long enough password ${label}` };
  await expect(201, stack.api('POST', `/staff/v1/accounts/${id}/users`, { ...owner, role: 'owner' }, as));
  await expect(200, stack.api('PUT', `/staff/v1/accounts/${id}/standing`, { standing: 'active', reason: 'made by a test' }, as));
  if (options.limit !== undefined) await expect(200, stack.api('PUT', `/staff/v1/accounts/${id}/limits`, { messages_per_period: options.limit }, as));
  const session = await signIn(stack, owner);
  const by = bySession(stack, session);
  const { secret = '' } = await expect(201, stack.api('POST', '/v1/api_keys', { name: 'test', mode: 'live' }, by));
  const domain = `${label}.example`;
  const created = (await expect(201, stack.api('POST', '/v1/domains', { name: domain }, by))) as unknown as { id: string; records: { host: string; type: string; value: string }[] };
  for (const { host, type, value } of created.records) {
    await fetch(new URL('/dns', stack.demo.sandbox_mx.http_url), { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: host, type, values: [value] }) });
  }
  const verified = await expect(200, stack.api('POST', `/v1/domains/${created.id}/verify`, undefined, by));
  if (verified['status'] !== 'verified') throw new Error(`The domain is ${verified['status']}: ${JSON.stringify(verified)}`);
  return { accountId: id, apiKey: secret, domain, domainId: created.id, sender: `Test <mail@${domain}>`, owner: session };
}
