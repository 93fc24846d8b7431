import { readFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type SecureVersion } from 'node:tls';
import { IdentityServiceService, SubmissionServiceService, type AuthenticateRequest, type AuthenticateResponse, type Submission, type SubmitRequest, type SubmitResponse } from '@nexoramail/contracts';
import { AppError, generateApiKey, hashApiKey, seededRandom } from '@nexoramail/kernel';
import { toItemError, type ProcessRuntime } from '@nexoramail/platform';
import type { GuardedConnection } from '../guarded-connection.js';
import { start, type RunningIngress } from '../index.js';
import { SubmissionListeners, type SessionTime } from '../ingress.module.js';

/** Keys of the fake accounts. */
export const KEYS = { good: generateApiKey('live', seededRandom(1)).secret, readOnly: generateApiKey('live', seededRandom(2)).secret };

/** Accounts that know two keys; can be away or have revoked everything, and take their time. */
export class FakeIdentity {
  away = false;
  revoked = false;
  pause: () => Promise<void> = () => Promise.resolve();

  constructor(private readonly hashKey: Uint8Array) {}

  async authenticate({ keyHashes }: AuthenticateRequest): Promise<AuthenticateResponse> {
    await this.pause();
    if (this.away) throw new AppError('temporarily_unavailable', 'accounts is away');
    const [good, readOnly] = [KEYS.good, KEYS.readOnly].map((key) => Buffer.from(hashApiKey(this.hashKey, key)).toString('hex'));
    return {
      results: keyHashes.map((hash) => {
        const hex = Buffer.from(hash).toString('hex');
        if (this.revoked || (hex !== good && hex !== readOnly)) return { result: { $case: 'refused' as const, refused: toItemError(new AppError('unauthorized', 'no')) } };
        const scopes = hex === good ? ['emails:send'] : ['emails:read'];
        return { result: { $case: 'ok' as const, ok: { keyId: '01890000-0000-7000-8000-000000000001', accountId: 'a', accountRef: 1n, mode: 'live', scopes, defaultCategory: '', plan: 'growth', expiresAt: undefined } } };
      }),
    };
  }
}

/** Dispatch that keeps what it accepts. */
export class FakeSubmission {
  readonly accepted: Submission[] = [];
  answer: (item: Submission) => SubmitResponse['results'][number] = (item) => ({
    result: { $case: 'ok', ok: { messageId: item.messageId, status: 'queued', createdAt: item.receivedAt, messageIdHeader: '<x@y>', recipients: [], replayed: false } },
  });

  submit({ items }: SubmitRequest): Promise<SubmitResponse> {
    const results = items.map(this.answer);
    items.forEach((item, index) => { if (results[index]?.result?.$case === 'ok') this.accepted.push(item); });
    return Promise.resolve({ results });
  }
}

/** The door on free ports over fakes. */
export async function openDoor(runtime: ProcessRuntime, time?: SessionTime): Promise<{ door: RunningIngress; identity: FakeIdentity; submission: FakeSubmission }> {
  const identity = new FakeIdentity(runtime.keys.derive('api-key'));
  const submission = new FakeSubmission();
  runtime.rpc.register(IdentityServiceService, identity);
  runtime.rpc.register(SubmissionServiceService, submission);
  return { door: await start(runtime, time), identity, submission };
}

/** A raw client: every byte is the spec's own. */
export class Client {
  private buffer = '';
  private wake: (() => void) | undefined;
  closed = false;
  error: NodeJS.ErrnoException | undefined;

  private constructor(private socket: Socket) {
    this.listen();
  }

  static async open(door: RunningIngress, kind: 'starttls' | 'tls', maxVersion?: SecureVersion, localAddress = '127.0.0.1'): Promise<Client> {
    const client = new Client(kind === 'tls'
      ? connectTls({ socket: connectTcp({ host: '127.0.0.1', port: door.tlsPort, localAddress }), ca: readFileSync(door.caFile), servername: 'localhost', ...(maxVersion && { maxVersion }) })
      : connectTcp({ host: '127.0.0.1', port: door.submissionPort, localAddress }));
    await client.reply();
    return client;
  }

  /** Past EHLO on the TLS port, from any address of 127.0.0.0/8. */
  static async greeted(door: RunningIngress, localAddress?: string): Promise<Client> {
    const client = await Client.open(door, 'tls', undefined, localAddress);
    await client.command('EHLO client.example');
    return client;
  }

  /** Past EHLO and AUTH on the TLS port. */
  static async ready(door: RunningIngress, key = KEYS.good): Promise<Client> {
    const client = await Client.greeted(door);
    await client.command(Client.auth(key));
    return client;
  }

  static auth(key: string, user = 'nexoramail'): string {
    return `AUTH PLAIN ${Buffer.from(`\0${user}\0${key}`).toString('base64')}`;
  }

  write(bytes: string | Buffer): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Writes and waits until the socket has taken it, or has gone. */
  flushed(bytes: Buffer): Promise<void> {
    const { socket } = this;
    return new Promise((resolve) => {
      const go = (): void => {
        for (const event of ['drain', 'close', 'end']) socket.off(event, go);
        resolve();
      };
      for (const event of ['drain', 'close', 'end']) socket.on(event, go);
      if (socket.write(bytes) || this.closed) go();
    });
  }

  async reply(): Promise<string> {
    for (let turn = 0; turn < 400; turn += 1) {
      const match = /^(?:\d{3}-.*\r\n)*\d{3}(?: .*)?\r\n/.exec(this.buffer);
      if (match) {
        this.buffer = this.buffer.slice(match[0].length);
        return match[0].trimEnd();
      }
      if (this.closed) throw this.error ?? new Error(`closed; unread ${JSON.stringify(this.buffer)}`);
      await this.change();
    }
    throw new Error('no reply');
  }

  async command(line: string): Promise<string> {
    this.write(`${line}\r\n`);
    return this.reply();
  }

  /** MAIL, RCPT…, DATA. */
  async begin(from = 'mail@shop.example', to: readonly string[] = ['ann@x.example'], parameters = ''): Promise<string> {
    for (const line of [`MAIL FROM:<${from}>${parameters}`, ...to.map((address) => `RCPT TO:<${address}>`)]) await this.command(line);
    return this.command('DATA');
  }

  async startTls(maxVersion?: SecureVersion): Promise<void> {
    this.socket.removeAllListeners();
    const secure = connectTls({ socket: this.socket, rejectUnauthorized: false, ...(maxVersion && { maxVersion }) });
    await new Promise<void>((resolve, reject) => { secure.once('secureConnect', resolve).once('error', reject); });
    this.socket = secure;
    this.listen();
  }

  /** Everything that comes until the server ends the connection. */
  async rest(): Promise<string> {
    for (let turn = 0; turn < 400 && !this.closed; turn += 1) await this.change();
    return this.buffer;
  }

  kill(): void {
    this.socket.destroy();
  }

  private change(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, 25);
      this.wake = () => { clearTimeout(timer); resolve(); };
    });
  }

  private listen(): void {
    this.socket.setNoDelay(true);
    this.socket.on('data', (chunk: Buffer) => { this.buffer += chunk.toString('latin1'); this.wake?.(); });
    this.socket.on('error', (error) => { this.error = error; this.closed = true; this.wake?.(); });
    for (const event of ['end', 'close']) this.socket.on(event, () => { this.closed = true; this.wake?.(); });
  }
}

/** Sessions of a door, as its listeners see them. */
export const sessionsOf = (door: RunningIngress): GuardedConnection[] => door.get<SubmissionListeners>(SubmissionListeners).sessions;

/** Waits for what sockets bring about; fails after some seconds. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  for (let turn = 0; !holds(); turn += 1) {
    if (turn > 2_000) throw new Error(`in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
