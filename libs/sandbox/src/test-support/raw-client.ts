import { connect, type Socket } from 'node:net';
import { connect as secure, type TLSSocket } from 'node:tls';

/** A bare SMTP client for specs: it sends what it is told and hands back whole replies. */
export class RawClient {
  private buffer = '';
  private ended = false;
  private waiting: (() => void)[] = [];

  private constructor(public socket: Socket) {
    this.hook(socket);
  }

  static open(port: number, host = '127.0.0.1', localAddress?: string): RawClient {
    return new RawClient(connect({ port, host, ...(localAddress !== undefined && { localAddress }) }));
  }

  private hook(socket: Socket): void {
    socket.on('data', (chunk) => { this.buffer += chunk.toString('utf8'); this.wake(); });
    socket.on('error', () => undefined);
    socket.on('close', () => { this.ended = true; this.wake(); });
  }

  private wake(): void {
    for (const go of this.waiting.splice(0)) go();
  }

  /** The next reply with its line ends; '' when the connection closed first. */
  async reply(): Promise<string> {
    for (;;) {
      const match = /^(?:\d{3}-[^\n]*\n)*\d{3}(?: [^\n]*)?\n/.exec(this.buffer);
      if (match !== null) {
        this.buffer = this.buffer.slice(match[0].length);
        return match[0].replace(/\r\n/g, '\n').trimEnd();
      }
      if (this.ended) return '';
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  async command(line: string): Promise<string> {
    this.socket.write(`${line}\r\n`);
    return this.reply();
  }

  write(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  /** Everything until the server closes. */
  async rest(): Promise<string> {
    while (!this.ended) await new Promise<void>((resolve) => this.waiting.push(resolve));
    return this.buffer;
  }

  async startTls(servername: string, ca?: string): Promise<TLSSocket> {
    await this.command('STARTTLS');
    this.socket.removeAllListeners('data');
    const tls = secure({ socket: this.socket, servername, rejectUnauthorized: false, ...(ca !== undefined && { ca }) });
    this.socket = tls;
    this.hook(tls);
    await new Promise<void>((resolve, reject) => void tls.once('secureConnect', resolve).once('error', reject));
    return tls;
  }

  /** Greeting, EHLO, MAIL and RCPT; gives the answer to RCPT. */
  async upToRcpt(to: string, from = 'returns@sender.example'): Promise<string> {
    await this.reply();
    await this.command('EHLO client.example');
    await this.command(`MAIL FROM:<${from}>`);
    return this.command(`RCPT TO:<${to}>`);
  }

  /** One more transaction; the answers to RCPT and to the final dot. */
  async send(to: string, message = 'Subject: hi\r\n\r\nbody\r\n'): Promise<string> {
    await this.command('MAIL FROM:<returns@sender.example>');
    const taken = await this.command(`RCPT TO:<${to}>`);
    if (!taken.startsWith('2')) return taken;
    await this.command('DATA');
    this.write(`${message}.\r\n`);
    return this.reply();
  }

  close(): void {
    this.socket.destroy();
  }
}
