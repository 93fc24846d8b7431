import { isUtf8 } from 'node:buffer';
import type { Socket } from 'node:net';
import type { PassThrough } from 'node:stream';
import { isAppError } from '@nexoramail/kernel';
import { parseEnvelopePath } from '@nexoramail/mail';
import type { SMTPServer, SMTPServerSession } from 'smtp-server';
import { SMTPConnection, type SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import { GuardStream, type GuardOwner } from './guard-stream.js';
import type { SessionLimits } from './limits.js';

/** The reply to a message. */
export interface Verdict {
  readonly code: number;
  readonly enhanced: string;
  readonly lines: readonly string[];
}

/** What a connection needs of its server. */
export interface GuardedHost extends SMTPServer {
  readonly limits: SessionLimits;
  readonly maxSessions: number;
  readonly maxOctets: number;
  /** Takes one message to its end; never rejects. */
  receive(message: PassThrough, session: SMTPServerSession): Promise<Verdict>;
  /** Notes a reply of 4xx or 5xx. */
  refused(code: number, text: string): void;
}

const VERBS = new Set(['EHLO', 'HELO', 'STARTTLS', 'AUTH', 'MAIL', 'RCPT', 'DATA', 'RSET', 'NOOP', 'VRFY', 'QUIT', 'HELP']);
const JUNK = new Set(['RSET', 'NOOP', 'VRFY', 'HELP', 'EHLO', 'HELO']);
const NOT_IMPLEMENTED = new Set(['BDAT', 'EXPN', 'TURN', 'ETRN']);
const PARAMETERS = { 'MAIL FROM': new Set(['SIZE', 'BODY', 'SMTPUTF8', 'AUTH']), 'RCPT TO': new Set<string>() } as const;
type PathCommand = keyof typeof PARAMETERS;
type Parsed = ReturnType<SMTPConnection['_parseAddressCommand']>;

/**
 * smtp-server's connection with a strict reader in front and our replies on top (`security.md` S1–S24, `docs/decisions/0011`). Underscore members
 * are the library's; it is pinned exactly, and the specs of this folder are the gate of an upgrade.
 */
export class GuardedConnection extends SMTPConnection implements GuardOwner {
  private errors = 0;
  private junk = 0;
  private ended = false;
  private path: Parsed = false;
  private deadline: NodeJS.Timeout | undefined;
  private deadlineMs = 0;
  private handshake: Socket | undefined;

  constructor(private readonly guarded: GuardedHost, socket: Socket, options?: SMTPConnectionOptions | null) {
    super(guarded, socket, options);
    this._maxAllowedUnauthenticatedCommands = false; // the option cannot say false: it has `|| 10`
  }

  get ready(): boolean {
    return this._ready;
  }

  get socketOctets(): number {
    return this._socket.readableLength;
  }

  /** True while a message is being received or decided on: a stop waits for it. */
  get inTransaction(): boolean {
    return Boolean(this._dataStream) && !this._closed;
  }

  // The base class's constructor calls this, and `upgrade` does again.
  override _createParser(): ReturnType<SMTPConnection['_createParser']> {
    const parser = new GuardStream(this);
    parser.oncommand = (line, done, octets) => this.line(line, done, octets);
    return parser as unknown as ReturnType<SMTPConnection['_createParser']>;
  }

  // Without the 100 ms that the library waits before its banner.
  override init(): void {
    this._setListeners(() => {
      if (this.guarded.connections.size > this.guarded.maxSessions) {
        this.send(421, `4.7.0 ${this.name} has too many sessions, try again later`, false);
        return;
      }
      setImmediate(() => {
        if (!this._closing && !this._closed) this.connectionReady();
      });
    });
  }

  override _armTimeout(socket: Socket = this._socket): void {
    if (this._upgrading) this.handshake = socket;
    super._armTimeout(socket);
  }

  override upgrade(...args: Parameters<SMTPConnection['upgrade']>): void {
    super.upgrade(...args);
    this.arm(this.guarded.limits.handshakeMs);
  }

  override connectionReady(next?: () => void): void {
    super.connectionReady(next);
    this.arm(this.guarded.limits.commandMs);
  }

  // Runs after every command.
  override _whenWritable(next: () => void): void {
    this.arm(this.guarded.limits.commandMs);
    super._whenWritable(next);
  }

  override _onClose(): void {
    clearTimeout(this.deadline);
    this.deadline = undefined;
    this.ended = true;
    super._onClose();
  }

  /** The last reply of a session: nothing runs or is written after it; input is read and dropped until the client has had time to read it. */
  fatal(code: number, text: string): void {
    if (this.ended || this._closing || this._upgrading) return;
    const stream = this._dataStream;
    this._dataStream = false;
    if (stream && !stream.writableEnded) stream.destroy(new Error(text));
    this.guarded.refused(code, text);
    super.send(code, text, false);
    this.ended = true;
    if (!this._closing) super.close();
    clearTimeout(this._closeTimer);
    this._closeTimer = setTimeout(() => this._socket.destroy(), this.guarded.limits.drainMs);
  }

  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    if (this.ended) return;
    const own = typeof data === 'string' && /^[245]\.\d{1,3}\.\d{1,3} /.test(data);
    if (code >= 400) this.guarded.refused(code, typeof data === 'string' ? data : '');
    super.send(code, data, own ? false : context);
    if (code === 452 && (this.junk += 1) > this.guarded.limits.junk) super.send(421, '4.7.0 too many commands without mail', false);
    if (code >= 500 && !this._closing && (this.errors += 1) >= this.guarded.limits.errors) super.send(421, '4.7.0 too many errors', false);
  }

  // Lines whose first text carries its own enhanced code: every line of a reply must repeat it (RFC 2034 §4).
  private sendLines(code: number, enhanced: string, lines: readonly string[]): void {
    this.send(code, lines.length === 1 ? `${enhanced} ${lines[0]}` : lines.map((line) => `${enhanced} ${line}`), false);
  }

  private arm(ms: number): void {
    if (this.ended) return;
    if (this.deadline && this.deadlineMs === ms) {
      this.deadline.refresh();
      return;
    }
    clearTimeout(this.deadline);
    this.deadlineMs = ms;
    // Absolute: the library's idle timer starts anew at every byte.
    this.deadline = setTimeout(() => this.expire(), ms).unref();
  }

  private expire(): void {
    if (this._upgrading) {
      this.handshake?.destroy(); // the top socket, never the raw one below a handshake
      return;
    }
    if (this._closing || this._closed) return;
    if (this._dataStream) this.fatal(421, '4.4.2 the message took too long, closing');
    else if (!this._handlerPending) this.send(421, '4.4.2 timeout, closing', false);
  }

  private line(line: Buffer, done: () => void, octets: number): void {
    const auth = Boolean(this._nextHandler) || /^AUTH( |$)/i.test(line.toString('latin1', 0, 5));
    const { authOctets, commandOctets } = this.guarded.limits;
    const refuse = (text: string): void => {
      this._nextHandler = false;
      this.send(500, text);
      setImmediate(done);
    };
    if (auth ? octets > authOctets : octets > commandOctets) return refuse(auth ? '5.5.6 the AUTH line is too long' : '5.5.2 the command line has over 512 octets');
    // eslint-disable-next-line no-control-regex -- control characters are what it looks for
    if (!isUtf8(line) || /[\x00-\x1f\x7f]/.test(line.toString('latin1'))) return refuse('5.5.2 control character or bad UTF-8');
    this._onCommand(line, done);
  }

  override _onCommand(command: Buffer, callback?: () => void): void {
    const text = command.toString();
    const verb = text.split(' ', 1)[0]?.toUpperCase() ?? '';
    if (!this._nextHandler && !this._server._closeTimeout) {
      if (/ HTTP\/\d/.test(text)) return this.send(421, '4.7.0 this is SMTP, not HTTP', false);
      if (JUNK.has(verb) && (this.junk += 1) > this.guarded.limits.junk) return this.send(421, '4.7.0 too many commands without mail', false);
      if (!VERBS.has(verb)) {
        if (NOT_IMPLEMENTED.has(verb)) this.send(502, '5.5.1 command not implemented');
        else this.send(500, '5.5.2 command not recognized');
        if (callback) setImmediate(callback);
        return;
      }
    }
    this._unrecognizedCommands = 0;
    super._onCommand(command, callback);
  }

  override handler_EHLO(command: Buffer, callback: () => void): void {
    const [, host, ...rest] = command.toString().trim().split(/ +/);
    if (host === undefined || rest.length > 0 || host.length > 255) {
      this.send(501, '5.5.4 EHLO needs one host name');
      return callback();
    }
    this.hostNameAppearsAs = host.toLowerCase();
    this._resetSession();
    const offers = [this.name, 'PIPELINING', `SIZE ${this.guarded.maxOctets}`, '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES'];
    if (!this.secure) offers.push('STARTTLS');
    else if (!this.session.user) offers.push('AUTH PLAIN LOGIN');
    this.send(250, offers, false);
    callback();
  }

  override handler_AUTH(command: Buffer, callback: () => void): void {
    if (!this.secure) {
      this.send(530, '5.7.0 STARTTLS first');
      return callback();
    }
    if (this.session.envelope.mailFrom) {
      this.send(503, '5.5.1 not within a transaction');
      return callback();
    }
    super.handler_AUTH(command, callback);
  }

  override handler_MAIL(command: Buffer, callback: () => void): void {
    if (!this.secure) {
      this.send(530, '5.7.0 STARTTLS first');
      return callback();
    }
    this.parsePath('MAIL FROM', command, callback, () => super.handler_MAIL(command, callback));
  }

  override handler_RCPT(command: Buffer, callback: () => void): void {
    this.parsePath('RCPT TO', command, callback, () => super.handler_RCPT(command, callback));
  }

  // One parser for every door: the library's own turns A-labels into Unicode and knows no unknown parameter.
  private parsePath(name: PathCommand, command: Buffer, callback: () => void, go: () => void): void {
    const refuse = (code: number, text: string): void => {
      this.send(code, text);
      callback();
    };
    const match = /^([A-Z]+ [A-Z]+): ?<([^<>\r\n]*)>((?: [A-Za-z0-9][A-Za-z0-9-]*(?:=[^\s=]+)?)*)$/i.exec(command.toString());
    if (!match || match[1]?.toUpperCase() !== name) return refuse(501, `5.5.4 the form is ${name}:<address>`);
    const inner = match[2] ?? '';
    const parameters = new Map<string, string | true>();
    for (const parameter of (match[3] ?? '').trim().split(' ').filter(Boolean)) {
      const [key = '', ...value] = parameter.split('=');
      if (!(PARAMETERS[name] as ReadonlySet<string>).has(key.toUpperCase())) return refuse(555, `5.5.4 ${key.slice(0, 20)} is not offered`);
      if (parameters.has(key.toUpperCase())) return refuse(501, '5.5.4 a parameter is given twice');
      parameters.set(key.toUpperCase(), value.length > 0 ? value.join('=') : true);
    }
    const wide = name === 'MAIL FROM' ? parameters.has('SMTPUTF8') : Boolean((this.session.envelope as { smtpUtf8?: boolean }).smtpUtf8);
    if (!wide && /[^\x20-\x7e]/.test(inner)) return refuse(553, '5.6.7 the address has non-ASCII characters: say SMTPUTF8 at MAIL');
    if (inner === '' && name === 'RCPT TO') return refuse(501, '5.1.3 a recipient must have an address');
    try {
      const address = parseEnvelopePath(`<${inner}>`, { smtputf8: wide });
      this.path = { address: address?.email ?? '', args: parameters.size > 0 ? Object.fromEntries(parameters) : false };
    } catch (error) {
      if (!isAppError(error)) throw error;
      return refuse(501, `${name === 'MAIL FROM' ? '5.1.7' : '5.1.3'} ${error.message}`);
    }
    go();
  }

  override _parseAddressCommand(): Parsed {
    return this.path;
  }

  override handler_DATA(command: Buffer, callback: () => void): void {
    const refuse = (code: number, text: string): void => {
      this.send(code, text);
      callback();
    };
    if (command.length > 4) return refuse(501, '5.5.4 DATA takes no argument');
    if (this.session.envelope.rcptTo.length === 0) return refuse(503, '5.5.1 RCPT first');
    const parser = this._parser as unknown as GuardStream;
    if (parser.hasInput()) {
      this.fatal(554, '5.5.0 data before 354, closing');
      return callback();
    }
    this.receive(parser);
    this.send(354, 'end with CRLF.CRLF');
    this.arm(this.guarded.limits.dataMs);
    callback();
  }

  private receive(parser: GuardStream): void {
    let lineTooLong: boolean | undefined;
    let verdict: Verdict | undefined;
    const settle = (): void => {
      if (lineTooLong === undefined || verdict === undefined || this.ended || this._closed) return;
      this._dataStream = false;
      if (verdict.code === 250) this.errors = this.junk = 0;
      this.sendLines(verdict.code, verdict.enhanced, verdict.lines);
      this._transactionCounter += 1;
      this._resetSession();
      this.arm(this.guarded.limits.commandMs);
      parser.continue();
    };
    const stream = parser.startDataMode(this.guarded.maxOctets, (tooLong) => {
      lineTooLong = tooLong;
      if (tooLong) verdict = { code: 500, enhanced: '5.5.2', lines: ['a text line has over 1000 octets'] };
      settle();
    });
    this._dataStream = stream as unknown as NonNullable<typeof this._dataStream>;
    void this.guarded.receive(stream, this.session).then((answer) => {
      verdict ??= answer;
      settle();
    });
  }
}
