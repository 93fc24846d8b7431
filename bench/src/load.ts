import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import { connect, type TLSSocket } from 'node:tls';
import type { BenchStack } from './stack.js';

/** What a load made. */
export interface LoadResult {
  readonly accepted: number;
  readonly seconds: number;
  readonly latenciesMs: readonly number[];
  readonly recipients: readonly string[];
}

let serial = 0;
const nextTo = (): string => `delivered+b${(serial += 1)}@sandbox.test`;
const TEXT = 'Thank you for your order. It is on its way to you.\n'.repeat(36); // 2 kB

/** REST sends over `connections` kept connections for about `seconds`; each waits for its 202. */
export async function restLoad(stack: BenchStack, connections: number, seconds: number): Promise<LoadResult> {
  const agent = new Agent({ connections, pipelining: 1 });
  const end = performance.now() + seconds * 1000;
  const began = performance.now();
  const latenciesMs: number[] = [];
  const recipients: string[] = [];
  const client = async (): Promise<void> => {
    while (performance.now() < end) {
      const to = nextTo();
      const from = performance.now();
      const { statusCode, body } = await request(`${stack.demo.api_url}/v1/emails`, {
        method: 'POST', dispatcher: agent, headers: { authorization: `Bearer ${stack.apiKey}`, 'content-type': 'application/json', 'idempotency-key': to },
        body: JSON.stringify({ from: stack.sender, to, subject: 'Your receipt', text: TEXT, category: 'commerce.receipt' }),
      });
      const text = await body.text();
      if (statusCode !== 202) throw new Error(`A send answered ${statusCode}: ${text}`);
      latenciesMs.push(performance.now() - from);
      recipients.push(to);
    }
  };
  await Promise.all(Array.from({ length: connections }, client));
  await agent.close();
  return { accepted: recipients.length, seconds: (performance.now() - began) / 1000, latenciesMs, recipients };
}

/** REST sends at a fixed rate, whether or not the earlier ones are answered (open loop). Answers when each was begun, by recipient. */
export async function openLoop(stack: BenchStack, perSecond: number, seconds: number): Promise<Map<string, number>> {
  const agent = new Agent({ connections: 64 });
  const begun = new Map<string, number>();
  const calls: Promise<unknown>[] = [];
  const began = performance.now();
  for (let i = 0; i < perSecond * seconds; i += 1) {
    const due = began + (i * 1000) / perSecond;
    const wait = due - performance.now();
    if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
    const to = nextTo();
    calls.push((async () => {
      const { statusCode, body } = await request(`${stack.demo.api_url}/v1/emails`, {
        method: 'POST', dispatcher: agent, headers: { authorization: `Bearer ${stack.apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ from: stack.sender, to, subject: 'Your code', text: TEXT, category: 'auth.otp' }),
      });
      await body.dump();
      if (statusCode !== 202) throw new Error(`A send answered ${statusCode}`);
      begun.set(to, Date.now());
    })());
  }
  await Promise.all(calls);
  await agent.close();
  return begun;
}

/** SMTP submissions of 10 kB over kept TLS sessions for about `seconds`. */
export async function smtpLoad(stack: BenchStack, sessions: number, seconds: number): Promise<LoadResult> {
  const end = performance.now() + seconds * 1000;
  const began = performance.now();
  const latenciesMs: number[] = [];
  const recipients: string[] = [];
  const body = `${'x'.repeat(76)}\r\n`.repeat(128);
  const session = async (): Promise<void> => {
    const client = new SmtpSession(connect({ host: stack.demo.smtp.host, port: stack.demo.smtp.tls_port, ca: readFileSync(stack.demo.smtp.ca_file), servername: 'localhost' }));
    await client.expect('220');
    await client.command('EHLO bench.example', '250');
    await client.command(`AUTH PLAIN ${Buffer.from(`\0nexoramail\0${stack.apiKey}`).toString('base64')}`, '235');
    while (performance.now() < end) {
      const to = nextTo();
      const from = performance.now();
      client.write(`MAIL FROM:<${stack.sender}>\r\nRCPT TO:<${to}>\r\nDATA\r\n`);
      for (const code of ['250', '250', '354']) await client.expect(code);
      client.write(`From: ${stack.sender}\r\nTo: ${to}\r\nSubject: Receipt\r\nX-Nexora-Category: commerce.receipt\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n${body}.\r\n`);
      await client.expect('250');
      latenciesMs.push(performance.now() - from);
      recipients.push(to);
    }
    client.write('QUIT\r\n');
    client.end();
  };
  await Promise.all(Array.from({ length: sessions }, session));
  return { accepted: recipients.length, seconds: (performance.now() - began) / 1000, latenciesMs, recipients };
}

class SmtpSession {
  private buffer = '';
  private wake: (() => void) | undefined;
  private closed = false;

  constructor(private readonly socket: TLSSocket) {
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.buffer += text;
      this.wake?.();
    });
    for (const event of ['close', 'error'] as const) socket.on(event, () => { this.closed = true; this.wake?.(); });
  }

  write(text: string): void {
    this.socket.write(text, 'latin1');
  }

  end(): void {
    this.socket.end();
  }

  async command(line: string, code: string): Promise<void> {
    this.write(`${line}\r\n`);
    await this.expect(code);
  }

  async expect(code: string): Promise<void> {
    for (;;) {
      const match = /^(?:\d{3}-.*\r\n)*(\d{3}) .*\r\n/.exec(this.buffer);
      if (match) {
        this.buffer = this.buffer.slice(match[0].length);
        if (match[1] !== code) throw new Error(`Expected ${code}, got ${match[0]}`);
        return;
      }
      if (this.closed) throw new Error('The session ended');
      await new Promise<void>((resolve) => { this.wake = resolve; });
    }
  }
}
