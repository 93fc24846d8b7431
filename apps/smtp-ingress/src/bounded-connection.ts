import type { Socket } from 'node:net';
import { SMTPConnection, type SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import { Deadlines } from './deadlines.js';
import type { GuardedHost } from './guarded-host.js';
import { replyLines } from './reply-lines.js';

type Deadline = 'handshake' | 'command' | 'anonymous' | 'transaction' | 'data' | 'pace' | 'session' | 'drain';
const TOO_LONG = '4.4.2 the session has lasted too long, open another one';

/**
 * What bounds a session: deadlines that no arriving byte moves, counted refusals, and an end that the client can read. Underscore members are
 * smtp-server's; it is pinned exactly, and the specs of this folder are the gate of an upgrade.
 */
export abstract class BoundedConnection extends SMTPConnection {
  protected errors = 0;
  protected junk = 0;
  private holds = 0;
  protected messages = 0;
  private refusals = 0;
  protected octets = 0;
  private octetsAtPace = 0;
  protected command = '';
  protected ended = false;
  private overdue = false;
  private handshake: Socket | undefined;
  private readonly since: number;
  private readonly deadlines: Deadlines<Deadline>;

  constructor(protected readonly guarded: GuardedHost, socket: Socket, options?: SMTPConnectionOptions | null) {
    super(guarded, socket, options);
    this._maxAllowedUnauthenticatedCommands = false; // the option cannot say false: it has `|| 10`
    this.since = guarded.monotonic.now();
    this.deadlines = new Deadlines(guarded.timers, (name) => this.expire(name));
  }

  get ready(): boolean {
    return this._ready;
  }

  get socketOctets(): number {
    return this._socket.readableLength;
  }

  /** Octets that the client has sent, TLS apart. */
  get receivedOctets(): number {
    return this.octets;
  }

  /** True while a message is being received or decided on: a stop waits for it. */
  get inTransaction(): boolean {
    return Boolean(this._dataStream) && !this._closed;
  }

  received(octets: number): void {
    this.octets += octets;
  }

  // Without the 100 ms that the library waits before its banner.
  override init(): void {
    const { sessionMs, anonymousMs } = this.guarded.limits;
    this.deadlines.start('session', sessionMs);
    this.deadlines.start('anonymous', anonymousMs);
    this._setListeners(() => {
      setImmediate(() => {
        if (!this._closing && !this._closed) this.connectionReady();
      });
    });
  }

  // The library's idle timer starts anew at every byte; ours are absolute and stand in its place.
  override _armTimeout(socket: Socket = this._socket): void {
    if (this._upgrading) this.handshake = socket;
  }

  override upgrade(callback: () => void): void {
    const raw = this._socket;
    super.upgrade(callback, () => this.awaitCommand());
    this.guarded.sources.watch(raw);
    this.deadlines.stop('command');
    this.deadlines.start('handshake', this.guarded.limits.handshakeMs);
  }

  override connectionReady(next?: () => void): void {
    super.connectionReady(next);
    this.awaitCommand();
  }

  // Runs after every command.
  override _whenWritable(next: () => void): void {
    if (this.session.user) this.deadlines.stop('anonymous');
    if (!this._upgrading) this.awaitCommand();
    super._whenWritable(next);
  }

  protected awaitCommand(): void {
    if (this.ended || this._closing || this._closed) return;
    this.deadlines.stop('handshake');
    if (this.overdue) this.fatal(421, TOO_LONG);
    else if (!this._dataStream) this.deadlines.start('command', this.guarded.limits.commandMs);
  }

  override _onClose(): void {
    this.deadlines.stopAll();
    this.ended = true;
    if (!this._closed) {
      const seconds = Math.round((this.guarded.monotonic.now() - this.since) / 10) / 100;
      this.guarded.ended({ messages: this.messages, refusals: this.refusals, octets: this.octets, seconds }, this.session);
    }
    super._onClose();
  }

  // A last reply stays readable for a while, whoever goes on sending; then the socket goes, whoever holds it open.
  override close(): void {
    const first = !this._closing && !this._closed;
    super.close();
    clearTimeout(this._closeTimer);
    if (!first) return;
    this.deadlines.stopAll();
    this.deadlines.start('drain', this.guarded.limits.drainMs);
  }

  /** The last reply of a session: nothing runs or is written after it; input is read and dropped until the client has had time to read it. */
  fatal(code: number, text: string): void {
    if (this.ended || this._closing || this._upgrading) return;
    const stream = this._dataStream;
    this._dataStream = false;
    if (stream && !stream.writableEnded) stream.destroy(new Error(text));
    this.note(code, text.split(' ', 1)[0] ?? '');
    super.send(code, text, false);
    this.ended = true;
    this.close();
  }

  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    if (this.ended) return;
    if (typeof data !== 'string') {
      super.send(code, data, context);
      return;
    }
    const enhanced = /^[245]\.\d{1,3}\.\d{1,3}(?= )/.exec(data)?.[0];
    if (code === 421) this.fatal(code, enhanced === undefined ? `4.3.0 ${data}` : data);
    else this.sendLines(code, enhanced ?? this._getEnhancedStatusCode(code, context), replyLines(enhanced === undefined ? data : data.slice(enhanced.length + 1)));
  }

  // Every line of a reply repeats the enhanced code (RFC 2034 §4).
  protected sendLines(code: number, enhanced: string, lines: readonly string[]): void {
    if (this.ended) return;
    const full = lines.map((line) => (enhanced === '' ? line : `${enhanced} ${line}`));
    super.send(code, full.length === 1 ? full[0] : full, false);
    if (code < 400) return;
    this.note(code, enhanced);
    const { junk, holds, errors } = this.guarded.limits;
    if (code < 500 && (this.junk += 1) > junk) this.fatal(421, '4.7.0 too many commands without mail');
    else if (code === 454 && (this.holds += 1) >= holds) this.fatal(421, '4.7.0 too many attempts, come back later');
    else if (code >= 500 && (this.errors += 1) >= errors) this.fatal(421, '4.7.0 too many errors');
  }

  private note(code: number, enhanced: string): void {
    this.refusals += 1;
    this.guarded.refused({ code, enhanced, command: this.command }, this.session);
  }

  private expire(name: Deadline): void {
    if (name === 'handshake') this.handshake?.destroy(); // the top socket, never the raw one below a handshake
    else if (name === 'drain') (this._upgrading ? this.handshake : this._socket)?.destroy();
    else if (name === 'session' || name === 'anonymous') {
      // Not in the middle of something: the client is told when it is over.
      this.overdue = name === 'session' || !this.session.user;
      if (this.overdue && !this._dataStream && !this._handlerPending) this.fatal(421, name === 'session' ? TOO_LONG : '4.4.2 no AUTH in time, closing');
    } else if (name === 'command') {
      if (!this._handlerPending) this.fatal(421, '4.4.2 timeout, closing');
    } else if (name !== 'pace') this.fatal(421, '4.4.2 the message took too long, closing');
    else {
      const message = this._dataStream;
      setImmediate(() => this.checkPace(message)); // what lies in the socket after a stall of this process counts
    }
  }

  private checkPace(message: typeof this._dataStream): void {
    if (!message || message.writableEnded || message !== this._dataStream) return;
    const { paceMs, paceOctets } = this.guarded.limits;
    if (this.octets - this.octetsAtPace < (paceOctets * paceMs) / 1000) return this.fatal(421, `4.4.2 less than ${paceOctets} octets a second, closing`);
    this.octetsAtPace = this.octets;
    this.deadlines.start('pace', paceMs);
  }

  protected transactionBegun(): void {
    if (!this.ended && !this._closed) this.deadlines.start('transaction', this.guarded.limits.transactionMs);
  }

  protected awaitMessage(): void {
    const { dataMs, paceMs } = this.guarded.limits;
    this.deadlines.stop('command');
    this.deadlines.start('data', dataMs);
    this.octetsAtPace = this.octets;
    this.deadlines.start('pace', paceMs);
  }

  protected stopTransactionClocks(): void {
    for (const name of ['transaction', 'data', 'pace'] as const) this.deadlines.stop(name);
  }

  protected transactionOver(): void {
    this.stopTransactionClocks();
    this._resetSession();
  }
}
