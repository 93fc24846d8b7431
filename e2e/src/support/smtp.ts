import { readFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket, type SecureVersion } from 'node:tls';
import type { Stack } from './stack.js';

/** A raw SMTP client: every byte is the test's own. */
export class RawSmtp {
  private buffer = '';
  private waiting: (() => void) | undefined;
  closed = false;

  private constructor(private socket: Socket | TLSSocket) {
    this.listen();
  }

  /** Connects to the STARTTLS port (`plain`) or the TLS port and reads the greeting. */
  static async open(stack: Stack, port: 'submission' | 'tls', options: { maxVersion?: SecureVersion } = {}): Promise<RawSmtp> {
    const { host, submission_port: submission, tls_port: tls, ca_file: ca } = stack.demo.smtp;
    const socket = port === 'tls' ? connectTls({ host, port: tls, ca: readFileSync(ca), servername: 'localhost', ...options }) : connectTcp({ host, port: submission });
    await new Promise<void>((resolve, reject) => {
      socket.once(port === 'tls' ? 'secureConnect' : 'connect', resolve).once('error', reject);
    });
    const client = new RawSmtp(socket);
    await client.reply();
    return client;
  }

  /** Writes bytes as they are. */
  write(bytes: string | Buffer): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** The next reply, all its lines. Rejects after 10 s or when the connection ends first. */
  async reply(): Promise<string> {
    const end = performance.now() + 10_000;
    for (;;) {
      const match = /^(?:\d{3}-.*\r\n)*\d{3}(?: .*)?\r\n/.exec(this.buffer);
      if (match) {
        this.buffer = this.buffer.slice(match[0].length);
        return match[0].trimEnd();
      }
      if (this.closed) throw new Error(`The server closed; unread: ${JSON.stringify(this.buffer)}`);
      if (performance.now() > end) throw new Error('No reply within 10 s');
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 200);
        this.waiting = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Writes a line and reads its reply. */
  async command(line: string): Promise<string> {
    this.write(`${line}\r\n`);
    return this.reply();
  }

  /** EHLO, STARTTLS and EHLO again. */
  async startTls(stack: Stack, options: { maxVersion?: SecureVersion } = {}): Promise<void> {
    await this.command('EHLO client.example');
    const answer = await this.command('STARTTLS');
    if (!answer.startsWith('220')) throw new Error(`STARTTLS answered ${answer}`);
    this.socket.removeAllListeners();
    const secure = connectTls({ socket: this.socket, ca: readFileSync(stack.demo.smtp.ca_file), servername: 'localhost', ...options });
    await new Promise<void>((resolve, reject) => {
      secure.once('secureConnect', resolve).once('error', reject);
    });
    this.socket = secure;
    this.listen();
    await this.command('EHLO client.example');
  }

  /** AUTH PLAIN with an API key. */
  authPlain(user: string, key: string): Promise<string> {
    return this.command(`AUTH PLAIN ${Buffer.from(`\0${user}\0${key}`).toString('base64')}`);
  }

  /** One whole transaction; answers the reply to the final dot (or the first refusal). `data` is already dot-stuffed. */
  async send(from: string, to: readonly string[], data: string | Buffer, mailParameters = ''): Promise<string> {
    for (const line of [`MAIL FROM:<${from}>${mailParameters}`, ...to.map((address) => `RCPT TO:<${address}>`), 'DATA']) {
      const answer = await this.command(line);
      if (!/^[23]/.test(answer)) return answer;
    }
    this.write(data);
    this.write('\r\n.\r\n');
    return this.reply();
  }

  close(): void {
    this.socket.destroy();
  }

  private listen(): void {
    this.socket.on('data', (chunk: Buffer) => {
      this.buffer += chunk.toString('latin1');
      this.waiting?.();
    });
    for (const event of ['close', 'error'] as const) {
      this.socket.on(event, () => {
        this.closed = true;
        this.waiting?.();
      });
    }
  }
}

/** A signed-in session on the TLS port. */
export async function submissionSession(stack: Stack, key = stack.demo.api_key): Promise<RawSmtp> {
  const client = await RawSmtp.open(stack, 'tls');
  await client.command('EHLO client.example');
  const answer = await client.authPlain(stack.demo.smtp_username, key);
  if (!answer.startsWith('235')) throw new Error(`AUTH answered ${answer}`);
  return client;
}

/** A small message as an application writes it. */
export const smtpMessage = (stack: Stack, to: string, extra = '', body = 'Thank you.'): string =>
  `From: ${stack.demo.sender}\r\nTo: ${to}\r\nSubject: Your receipt\r\nDate: Sun, 01 Mar 2026 09:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nX-Nexora-Category: commerce.receipt\r\n${extra}\r\n${body}`;
