import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Sandbox } from '@nexoramail/sandbox';
import { freeOffset } from './ports.js';
import { until } from './wait.js';

/** The repository. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** `.nexora/demo.json` (`interfaces.md` §1). */
export interface Demo {
  readonly api_url: string;
  readonly dashboard_url: string;
  readonly tracking_url: string;
  readonly smtp: { readonly host: string; readonly submission_port: number; readonly tls_port: number; readonly ca_file: string };
  readonly api_key: string;
  readonly test_api_key: string;
  readonly smtp_username: string;
  readonly account_id: string;
  readonly domain: string;
  readonly sender: string;
  readonly owner: { readonly email: string; readonly password: string; readonly totp_secret: string };
  readonly staff: { readonly email: string; readonly password: string; readonly totp_secret: string };
  readonly sandbox_mx: { readonly smtp_port: number; readonly http_url: string; readonly dns_port: number };
}

/** An answer of the API. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** A recipient of a message as the API shows it. */
export interface RecipientJson {
  readonly id: string;
  readonly address: string;
  readonly status: string;
  readonly reason: string | null;
  readonly attempts: number;
  readonly last_smtp: { readonly code: number; readonly enhanced: string | null } | null;
}

/** How to start a {@link Stack}. */
export interface StackOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** A folder to go on in; a fresh one otherwise, removed at the end. */
  readonly dataDir?: string;
  readonly offset?: number;
  /** A mail server outside of the process that takes its mail in place of the sandbox's: it keeps what it got when the process is killed. */
  readonly sink?: Pick<Sandbox, 'smtpPort' | 'httpUrl'>;
  /** Arguments of the command, such as `--fresh`. */
  readonly args?: readonly string[];
}

/** The whole system as a process of its own, on ports of its own: what `npm start` runs. */
export class Stack {
  private constructor(
    readonly child: ChildProcess,
    readonly demo: Demo,
    readonly dataDir: string,
    readonly offset: number,
    private readonly lines: string[],
    private readonly env: Readonly<Record<string, string>>,
    private readonly ownsFolder: boolean,
    private readonly sink?: StackOptions['sink'],
  ) {}

  /** Starts and waits for the ready line. */
  static async start({ env = {}, dataDir, offset, args = [], sink }: StackOptions = {}): Promise<Stack> {
    const folder = dataDir ?? join(await mkdtemp(join(tmpdir(), 'nexora-e2e-')), 'data');
    const shift = offset ?? (await freeOffset());
    const lines: string[] = [];
    const child = spawn(process.execPath, [join(ROOT, 'apps/standalone/dist/main.js'), ...args], {
      cwd: ROOT,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '', NEXORA_DATA_DIR: folder, NEXORA_PORT_OFFSET: String(shift), NEXORA_TEST_CLOCK: 'true', NEXORA_LOG_LEVEL: 'info', ...(sink && { NEXORA_MX_PORT: String(sink.smtpPort) }), ...env },
    });
    for (const stream of [child.stdout, child.stderr]) {
      let rest = '';
      stream.setEncoding('utf8').on('data', (text: string) => {
        const parts = (rest + text).split('\n');
        rest = parts.pop() ?? '';
        lines.push(...parts);
      });
    }
    const ready = await until('the ready line', () => Promise.resolve(lines.some((line) => line.includes('NexoraMail is ready')) ? 'ready' : child.exitCode !== null || child.signalCode !== null ? 'dead' : undefined), 90_000);
    if (ready === 'dead') throw new Error(`The system ended with ${child.exitCode ?? child.signalCode}:\n${lines.slice(-30).join('\n')}`);
    const demo = JSON.parse(await readFile(join(folder, 'demo.json'), 'utf8')) as Demo;
    return new Stack(child, demo, folder, shift, lines, env, dataDir === undefined, sink);
  }

  /** Everything that the process has printed so far. */
  get output(): readonly string[] {
    return this.lines;
  }

  /** Calls the API with the demo's live key unless `authorization` says otherwise. */
  async api(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    const response = await fetch(`${this.demo.api_url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.demo.api_key}`, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = (response.headers.get('content-type') ?? '').includes('json');
    return { status: response.status, headers: response.headers, body: json ? (JSON.parse(text) as unknown) : text };
  }

  /** A body that passes every rule. */
  mail(to: string | readonly string[], extra: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
    return { from: this.demo.sender, to, subject: 'Your receipt 1001', text: 'Thank you.\n', category: 'commerce.receipt', ...extra };
  }

  /** Sends and expects 202; answers the id. */
  async send(to: string | readonly string[], extra: Readonly<Record<string, unknown>> = {}, headers: Readonly<Record<string, string>> = {}): Promise<string> {
    const { status, body } = await this.api('POST', '/v1/emails', this.mail(to, extra), headers);
    if (status !== 202) throw new Error(`Expected 202, got ${status}: ${JSON.stringify(body)}`);
    return (body as { id: string }).id;
  }

  /** The recipients of a message once each is final. */
  async final(id: string, limitMs = 20_000): Promise<RecipientJson[]> {
    const last = ['delivered', 'bounced', 'failed', 'suppressed', 'expired', 'canceled', 'rejected'];
    return until(`the end of ${id}`, async () => {
      const { body } = await this.api('GET', `/v1/emails/${id}`);
      const { recipients } = body as { recipients: RecipientJson[] };
      return recipients.every(({ status }) => last.includes(status)) && recipients;
    }, limitMs);
  }

  /** Types of a message's events in order, once `enough` says that they are all there. */
  async events(id: string, enough: (types: string[]) => boolean = (types) => types.length > 0): Promise<string[]> {
    return until(`the events of ${id}`, async () => {
      const { body } = await this.api('GET', `/v1/emails/${id}/events`);
      const types = (body as { data: { type: string }[] }).data.map(({ type }) => type);
      return enough(types) && types;
    });
  }

  /** Moves business time; fails when what became due was not worked through. */
  async advance(seconds: number): Promise<void> {
    const { status, body } = await this.api('POST', '/test/clock', { advance_s: seconds });
    if (status !== 200 || !(body as { settled: boolean }).settled) throw new Error(`The clock did not settle: ${status} ${JSON.stringify(body)}`);
  }

  /** What the sandbox has received for an address, newest first. */
  async inbox(to?: string): Promise<{ id: string; envelope_from: string; envelope_to: string; subject: string }[]> {
    const url = new URL('/messages', this.sink?.httpUrl ?? this.demo.sandbox_mx.http_url);
    url.searchParams.set('limit', '10000');
    if (to !== undefined) url.searchParams.set('to', to);
    return ((await (await fetch(url)).json()) as { data: { id: string; envelope_from: string; envelope_to: string; subject: string }[] }).data;
  }

  /** The bytes of a received message. */
  async raw(id: string): Promise<Buffer> {
    return Buffer.from(await (await fetch(new URL(`/messages/${id}/raw`, this.sink?.httpUrl ?? this.demo.sandbox_mx.http_url))).arrayBuffer());
  }

  /** Ends the whole process group at once, Postgres too, as a power cut would. */
  async kill(): Promise<void> {
    const ended = this.ended();
    for (const pid of await this.postgresPids()) tryKill(pid);
    tryKill(-(this.child.pid ?? 0));
    await ended;
  }

  /** Starts again in the same folder, on the same ports. */
  async restart(env: Readonly<Record<string, string>> = {}): Promise<Stack> {
    const next = await Stack.start({ env: { ...this.env, ...env }, dataDir: this.dataDir, offset: this.offset, ...(this.sink && { sink: this.sink }) });
    return new Stack(next.child, next.demo, this.dataDir, this.offset, next.lines, this.env, this.ownsFolder, this.sink);
  }

  /** Stops cleanly and starts again in the same folder. */
  async restartAfterStop(env: Readonly<Record<string, string>> = {}): Promise<Stack> {
    const ended = this.ended();
    this.child.kill('SIGTERM');
    await ended;
    return this.restart(env);
  }

  /** Stops by a signal; answers the exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const ended = this.ended();
    if (this.child.exitCode === null) this.child.kill(signal);
    const code = await ended;
    if (this.ownsFolder) await rm(join(this.dataDir, '..'), { recursive: true, force: true });
    return code;
  }

  private ended(): Promise<number | null> {
    return this.child.exitCode !== null || this.child.signalCode !== null ? Promise.resolve(this.child.exitCode) : new Promise((resolve) => this.child.once('exit', resolve));
  }

  private async postgresPids(): Promise<number[]> {
    const text = await readFile(join(this.dataDir, 'postgres/data/postmaster.pid'), 'utf8').catch(() => '');
    const pid = Number(text.split('\n', 1)[0]);
    return pid > 0 ? [pid] : [];
  }
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It had ended already.
  }
}
