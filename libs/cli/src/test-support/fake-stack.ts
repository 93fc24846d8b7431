import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Demo } from '../demo-settings.js';

/** One event of the fake feed. */
interface FakeEvent {
  readonly id: string;
  readonly seq: number;
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>> & { readonly email_id: string };
}

/** An answer in place of what the fake would give. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly type?: string;
}

/** One request as it came. */
interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

const REPLIES: Readonly<Record<string, readonly [number, string, string]>> = {
  delivered: [250, '2.0.0', 'stored'], bounced: [550, '5.1.1', 'no such user here'], delayed: [451, '4.3.0', 'try again later'],
};
const START = Date.parse('2026-03-01T09:00:00Z');

/**
 * A hand-written API of one account over real HTTP: accepts, plays the sandbox's mailboxes, keeps a feed with long poll,
 * and has a business clock that moves on request. Also serves the pages that the doctor looks at.
 */
export class FakeStack {
  readonly folder = mkdtempSync(join(tmpdir(), 'nexora-cli-'));
  readonly seen: Seen[] = [];
  readonly key = 'nxm_live_fakefakefake';
  /** What a mailbox does at each try; the last one is repeated. Anything else is delivered. */
  mailboxes: Readonly<Record<string, readonly string[]>> = { bounce: ['bounced'], defer: ['delayed', 'delayed', 'delivered'], silent: [] };
  /** Gives another answer for a request. */
  override: (request: Seen) => Answer | undefined = () => undefined;
  private readonly events: FakeEvent[] = [];
  private readonly due: { readonly at: number; readonly run: () => void }[] = [];
  private readonly waiting = new Set<() => void>();
  private readonly server: Server;
  private now = START;
  private emails = 0;

  private constructor() {
    this.server = createServer((request, response) => void this.handle(request, response));
  }

  /** Listens, and writes `demo.json` with `changes` over what fits the fake. */
  static async start(changes: Partial<Demo> = {}): Promise<FakeStack> {
    const stack = new FakeStack();
    await new Promise<void>((resolve) => stack.server.listen(0, '127.0.0.1', resolve));
    stack.writeDemo(changes);
    return stack;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** What a command needs to find this stack. */
  get variables(): Record<string, string> {
    return { NEXORA_DATA_DIR: this.folder };
  }

  /** Bodies of the sends so far. */
  get sent(): unknown[] {
    return this.seen.filter(({ method, path }) => method === 'POST' && path === '/v1/emails').map(({ body }) => body);
  }

  writeDemo(changes: Partial<Demo> = {}): void {
    const demo: Demo = {
      api_url: this.url, dashboard_url: this.url, tracking_url: this.url, api_key: this.key, smtp_username: 'nexoramail', domain: 'shop.nexora.test', sender: 'Demo Shop <receipts@shop.nexora.test>',
      smtp: { host: '127.0.0.1', submission_port: 1, tls_port: 1, ca_file: join(this.folder, 'ca.pem') }, sandbox_mx: { http_url: this.url, dns_port: 1 }, ...changes,
    };
    writeFileSync(join(this.folder, 'demo.json'), JSON.stringify(demo), { mode: 0o600 });
  }

  /** Stops listening and cuts what is open; the folder stays. */
  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  async stop(): Promise<void> {
    await this.close();
    rmSync(this.folder, { recursive: true });
  }

  /** Cuts every open connection; the next one is taken. */
  cut(): void {
    this.server.closeAllConnections();
  }

  /** Puts an event on the feed. */
  emit(type: string, data: FakeEvent['data']): void {
    const seq = this.events.length + 1;
    this.events.push({ id: `evt_${seq}`, seq, type, timestamp: new Date(this.now).toISOString(), data });
    for (const wake of this.waiting) wake();
    this.waiting.clear();
  }

  /** Resolves once somebody waits at the end of the feed. */
  async polled(): Promise<void> {
    while (this.waiting.size === 0) await new Promise((resolve) => setImmediate(resolve));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', 'http://fake');
    const text = Buffer.concat(chunks).toString();
    const seen: Seen = { method: request.method ?? '', path: url.pathname, headers: request.headers, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
    this.seen.push(seen);
    const { status, body, type = 'application/json' } = this.override(seen) ?? (await this.answer(seen, url.searchParams));
    response.writeHead(status, { 'content-type': type, 'x-request-id': 'req_fake' }).end(typeof body === 'string' ? body : JSON.stringify(body));
  }

  private async answer({ method, path, headers, body }: Seen, query: URLSearchParams): Promise<Answer> {
    if (path === '/') return { status: 200, type: 'text/html', body: '<!doctype html><script type="module" src="/assets/index.js"></script>' };
    if (path === '/assets/index.js') return { status: 200, type: 'text/javascript', body: 'export {};' };
    if (path === '/messages') return { status: 200, body: { data: [] } };
    if (path === '/test/clock') return this.advance((body as { advance_s: number }).advance_s);
    if (!path.startsWith('/v1/')) return problem(404, 'not_found', 'There is nothing here.');
    if (headers.authorization !== `Bearer ${this.key}`) return problem(401, 'unauthorized', 'That is not a key.');
    if (path === '/v1/me') return { status: 200, body: { account: { id: 'acc_1', name: 'Demo Shop', plan: 'growth', default_category: null }, mode: 'live', scopes: ['emails:send'], key_id: 'key_1' } };
    if (path === '/v1/domains') return { status: 200, body: { data: [{ id: 'dom_1', name: 'shop.nexora.test', status: 'verified', records: [] }], has_more: false, next_cursor: null } };
    if (path === '/v1/events') return this.feed(query);
    if (path === '/v1/emails') return method === 'POST' ? this.accept(body as { to: string | string[] }) : { status: 200, body: { data: [], has_more: false, next_cursor: null } };
    const id = /^\/v1\/emails\/([^/]+)\/events$/.exec(path)?.[1];
    return { status: 200, body: { data: this.events.filter(({ data }) => data.email_id === id), has_more: false } };
  }

  private accept({ to }: { to: string | string[] }): Answer {
    this.emails += 1;
    const id = `em_${this.emails}`;
    const recipients = [to].flat().map((address, n) => ({ id: `rcp_${this.emails}_${n}`, address, status: 'queued' }));
    for (const recipient of recipients) {
      const say = (type: string, more: object = {}): void => this.emit(`email.${type}`, { email_id: id, recipient: { id: recipient.id, address: recipient.address }, attempt: null, smtp: null, classification: null, ...more });
      say('accepted');
      say('queued');
      setImmediate(() => { say('sent', { attempt: 1 }); this.attempt(recipient.address, 1, say); });
    }
    return { status: 202, body: { id, status: recipients.length === 1 ? 'queued' : 'processing', created_at: new Date(this.now).toISOString(), message_id_header: `<${id}@fake>`, recipients } };
  }

  private attempt(address: string, n: number, say: (type: string, more?: object) => void): void {
    const plan = this.mailboxes[address.replace(/[+@].*$/, '')] ?? ['delivered'];
    const outcome = plan[Math.min(n, plan.length) - 1];
    if (outcome === undefined) return;
    const [code, enhanced, text] = REPLIES[outcome] ?? [250, '2.0.0', 'ok'];
    const smtp = { code, enhanced, text, mx: 'mx.sandbox.test', tls: 'TLSv1.3' };
    if (outcome !== 'delayed') return say(outcome, { attempt: n, smtp });
    const at = this.now + n * 97_000;
    this.due.push({ at, run: () => this.attempt(address, n + 1, say) });
    say('delayed', { attempt: n, smtp, next_attempt_at: new Date(at).toISOString() });
  }

  private advance(seconds: number): Answer {
    this.now += seconds * 1_000;
    for (const { run } of this.due.splice(0).filter((entry) => entry.at <= this.now || void this.due.push(entry))) run();
    return { status: 200, body: { now: new Date(this.now).toISOString(), settled: true } };
  }

  private async feed(query: URLSearchParams): Promise<Answer> {
    const after = Number((query.get('after') ?? 'c0').slice(1));
    const types = query.get('types')?.split(',');
    const matching = (): FakeEvent[] => this.events.filter(({ seq, type }) => seq > after && (types?.includes(type) ?? true));
    if (Number(query.get('wait')) > 0) while (matching().length === 0) await new Promise<void>((resolve) => this.waiting.add(resolve));
    const all = matching();
    const data = all.slice(0, Number(query.get('limit') ?? 25));
    const more = data.length < all.length;
    return { status: 200, body: { data, has_more: more, next_cursor: `c${more ? data.at(-1)?.seq : this.events.length}` } };
  }
}

/** An answer of RFC 9457. */
export function problem(status: number, code: string, detail: string, errors: readonly object[] = []): Answer {
  return { status, type: 'application/problem+json', body: { type: 'about:blank', title: code, status, detail, code, request_id: 'req_fake', retryable: status >= 500, errors } };
}
