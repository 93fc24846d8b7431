import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const OFFSET = 3000;

/** The parts of `demo.json` that the bench uses. */
interface Demo {
  readonly api_url: string;
  readonly smtp: { readonly host: string; readonly tls_port: number; readonly ca_file: string };
  readonly staff: { readonly email: string; readonly password: string; readonly totp_secret: string };
  readonly sandbox_mx: { readonly http_url: string };
}

/** The system under load: a process of its own, production settings, an Enterprise account of its own. */
export interface BenchStack {
  readonly demo: Demo;
  readonly apiKey: string;
  readonly sender: string;
  /** Stops or resumes delivery, as those on call would. */
  pauseDelivery(paused: boolean): Promise<void>;
  /** Rows that are due or leased. */
  queued(): Promise<number>;
  /** One number of `/metrics`, summed over its labels that contain `labels`. */
  metric(name: string, labels?: string): Promise<number>;
  /** What the sandbox has received, newest first. */
  inbox(): Promise<{ envelope_to: string; received_at: string }[]>;
  clearInbox(): Promise<void>;
  stop(): Promise<void>;
}

function totp(secret: string): string {
  const bits = [...secret].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const digest = createHmac('sha1', Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))).update(counter).digest();
  return String((digest.readUInt32BE((digest.at(-1) ?? 0) & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** Starts the system and makes its account. */
export async function startBenchStack(): Promise<BenchStack> {
  const folder = await mkdtemp(join(tmpdir(), 'nexora-bench-'));
  const child: ChildProcess = spawn(process.execPath, [join(ROOT, 'apps/standalone/dist/main.js')], {
    cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NEXORA_DATA_DIR: join(folder, 'data'), NEXORA_PORT_OFFSET: String(OFFSET), NEXORA_RATE_LIMIT: '1000000', NEXORA_LOG_LEVEL: 'error' },
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => { if (text.includes('NexoraMail is ready')) resolve(); });
    child.once('exit', (code) => reject(new Error(`The system ended with ${code} before it was ready`)));
  });
  const demo = JSON.parse(await readFile(join(folder, 'data/demo.json'), 'utf8')) as Demo;
  const call = async (method: string, url: string, body?: unknown, headers: Record<string, string> = {}): Promise<{ body: unknown; cookie: string }> => {
    const response = await fetch(new URL(url, demo.api_url), { method, headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers }, ...(body !== undefined && { body: JSON.stringify(body) }) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${text}`);
    return { body: text === '' ? undefined : (JSON.parse(text) as unknown), cookie: response.headers.get('set-cookie')?.split(';', 1)[0] ?? '' };
  };
  const signIn = async (email: string, password: string, secret?: string): Promise<Record<string, string>> => {
    let { cookie } = await call('POST', '/session/v1/sign-in', { email, password });
    if (secret !== undefined) ({ cookie } = await call('POST', '/session/v1/factor', { code: totp(secret) }, { cookie }));
    const { csrf_token: csrf } = (await call('GET', '/session/v1/me', undefined, { cookie })).body as { csrf_token: string };
    return { cookie, 'x-nexora-csrf': csrf, origin: demo.api_url };
  };
  const staff = await signIn(demo.staff.email, demo.staff.password, demo.staff.totp_secret);
  const { id } = (await call('POST', '/staff/v1/accounts', { name: 'Bench', plan: 'enterprise', warmup_exempt: true }, staff)).body as { id: string };
  const owner = { email: 'owner@bench.test', password: `bench ${randomUUID()}` };
  await call('POST', `/staff/v1/accounts/${id}/users`, { ...owner, role: 'owner' }, staff);
  await call('PUT', `/staff/v1/accounts/${id}/standing`, { standing: 'active', reason: 'a benchmark' }, staff);
  await call('PUT', `/staff/v1/accounts/${id}/limits`, { messages_per_period: 100_000_000 }, staff);
  const by = await signIn(owner.email, owner.password);
  const { secret: apiKey } = (await call('POST', '/v1/api_keys', { name: 'bench' }, by)).body as { secret: string };
  const domain = (await call('POST', '/v1/domains', { name: 'bench.example' }, by)).body as { id: string; records: { host: string; type: string; value: string }[] };
  for (const { host, type, value } of domain.records) await call('PUT', new URL('/dns', demo.sandbox_mx.http_url).href, { name: host, type, values: [value] });
  await call('POST', `/v1/domains/${domain.id}/verify`, undefined, by);
  return {
    demo, apiKey, sender: 'mail@bench.example',
    pauseDelivery: async (paused) => void (await call('PUT', '/staff/v1/queues', { delivery_stopped: paused }, staff)),
    queued: async () => {
      const { due, leased } = (await call('GET', '/staff/v1/queues', undefined, staff)).body as { due: number; leased: number };
      return due + leased;
    },
    metric: async (name, labels = '') => {
      const text = await (await fetch(`http://127.0.0.1:${9464 + OFFSET}/metrics`)).text();
      return text.split('\n').filter((line) => line.startsWith(name) && /^[{ ]/.test(line.slice(name.length)) && line.includes(labels)).reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    },
    inbox: async () => ((await (await fetch(new URL('/messages?limit=20000', demo.sandbox_mx.http_url))).json()) as { data: { envelope_to: string; received_at: string }[] }).data,
    clearInbox: async () => void (await fetch(new URL('/messages', demo.sandbox_mx.http_url), { method: 'DELETE' })),
    stop: async () => {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Waits for `done`, asking every 50 ms; false after `limitMs`. */
export async function waitFor(done: () => Promise<boolean>, limitMs: number): Promise<boolean> {
  for (const end = performance.now() + limitMs; performance.now() < end;) {
    if (await done()) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}
