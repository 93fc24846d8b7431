import { isUtf8 } from 'node:buffer';
import type { SMTPConnection } from 'smtp-server/lib/smtp-connection.js';
import { BoundedConnection } from './bounded-connection.js';
import { GuardStream, type GuardOwner } from './guard-stream.js';
import type { Verdict } from './guarded-host.js';
import { parsePathCommand, type PathCommand, type PathRefusal } from './path-command.js';

const VERBS = new Set(['EHLO', 'HELO', 'STARTTLS', 'AUTH', 'MAIL', 'RCPT', 'DATA', 'RSET', 'NOOP', 'VRFY', 'QUIT', 'HELP']);
const JUNK = new Set(['RSET', 'NOOP', 'VRFY', 'HELP', 'EHLO', 'HELO']);
const NOT_IMPLEMENTED = new Set(['BDAT', 'EXPN', 'TURN', 'ETRN']);
/** What a Received field can carry as it is: names, also those with an underscore, and address literals. */
const EHLO_NAME = /^[A-Za-z0-9._:[\]-]{1,255}$/;
type Parsed = ReturnType<SMTPConnection['_parseAddressCommand']>;

/**
 * smtp-server's connection with a strict reader in front and our replies on top (`security.md` S1–S24, `docs/decisions/0011`).
 */
export class GuardedConnection extends BoundedConnection implements GuardOwner {
  private path: Parsed = false;

  // The base class's constructor calls this, and `upgrade` does again.
  override _createParser(): ReturnType<SMTPConnection['_createParser']> {
    const parser = new GuardStream(this);
    parser.oncommand = (line, done, octets) => this.line(line, done, octets);
    return parser as unknown as ReturnType<SMTPConnection['_createParser']>;
  }

  private line(line: Buffer, done: () => void, octets: number): void {
    const auth = Boolean(this._nextHandler) || /^AUTH( |$)/i.test(line.toString('latin1', 0, 5));
    const { authOctets, commandOctets, sessionOctets, anonymousOctets } = this.guarded.limits;
    if (this.octets > (this.session.user ? sessionOctets : anonymousOctets)) return this.fatal(421, '4.7.0 the session has carried too much, open another one');
    const refuse = (text: string): void => {
      this._nextHandler = false;
      this.send(500, text);
      this._whenWritable(done);
    };
    if (auth ? octets > authOctets : octets > commandOctets) return refuse(auth ? '5.5.6 the AUTH line is too long' : '5.5.2 the command line has over 512 octets');
    // eslint-disable-next-line no-control-regex -- control characters are what it looks for
    if (!isUtf8(line) || /[\x00-\x1f\x7f]/.test(line.toString('latin1'))) return refuse('5.5.2 control character or bad UTF-8');
    this._onCommand(line, done);
  }

  override _onCommand(command: Buffer, callback?: () => void): void {
    const text = command.toString();
    const verb = text.split(' ', 1)[0]?.toUpperCase() ?? '';
    if (!this._nextHandler) {
      this.command = VERBS.has(verb) || NOT_IMPLEMENTED.has(verb) ? verb : 'unknown';
      if (/ HTTP\/\d/.test(text)) return this.fatal(421, '4.7.0 this is SMTP, not HTTP');
      if (JUNK.has(verb) && (this.junk += 1) > this.guarded.limits.junk) return this.fatal(421, '4.7.0 too many commands without mail');
      if (!VERBS.has(verb)) {
        if (NOT_IMPLEMENTED.has(verb)) this.send(502, '5.5.1 command not implemented');
        else this.send(500, '5.5.2 command not recognized');
        return callback && this._whenWritable(callback);
      }
    }
    this._unrecognizedCommands = 0;
    super._onCommand(command, callback);
  }

  override handler_HELO(command: Buffer, callback: () => void): void {
    this.greet(command, callback, []);
  }

  override handler_EHLO(command: Buffer, callback: () => void): void {
    const offers = ['PIPELINING', `SIZE ${this.guarded.maxOctets}`, '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES'];
    if (!this.secure) offers.push('STARTTLS');
    else if (!this.session.user) offers.push('AUTH PLAIN LOGIN');
    this.greet(command, callback, offers);
  }

  private greet(command: Buffer, callback: () => void, offers: readonly string[]): void {
    const [, host = '', ...rest] = command.toString().trim().split(/ +/);
    if (!EHLO_NAME.test(host) || rest.length > 0) this.send(501, '5.5.4 one host name or address literal is expected');
    else {
      this.hostNameAppearsAs = host.toLowerCase();
      this.transactionOver();
      super.send(250, [this.name, ...offers], false);
    }
    callback();
  }

  override handler_RSET(command: Buffer, callback: () => void): void {
    this.transactionOver();
    super.handler_RSET(command, callback);
  }

  override handler_AUTH(command: Buffer, callback: () => void): void {
    if (!this.secure) this.send(530, '5.7.0 STARTTLS first');
    else if (this.session.envelope.mailFrom) this.send(503, '5.5.1 not within a transaction');
    else return super.handler_AUTH(command, callback);
    callback();
  }

  override handler_MAIL(command: Buffer, callback: () => void): void {
    const parsed = this.secure ? parsePathCommand('MAIL FROM', command.toString(), false) : { code: 530 as const, text: '5.7.0 STARTTLS first' };
    this.withPath(parsed, callback, () => {
      super.handler_MAIL(command, () => {
        if (this.session.envelope.mailFrom) this.transactionBegun();
        callback();
      });
    });
  }

  override handler_RCPT(command: Buffer, callback: () => void): void {
    // Not the library's `smtpUtf8`: a MAIL that was refused leaves it set.
    const { mailFrom } = this.session.envelope;
    const wide = mailFrom !== false && typeof mailFrom.args === 'object' && 'SMTPUTF8' in mailFrom.args;
    this.withPath(parsePathCommand('RCPT TO', command.toString(), wide), callback, () => super.handler_RCPT(command, callback));
  }

  // One parser for every door: the library's own turns A-labels into Unicode and knows no unknown parameter.
  private withPath(parsed: PathCommand | PathRefusal, callback: () => void, go: () => void): void {
    if ('code' in parsed) {
      this.send(parsed.code, parsed.text);
      return callback();
    }
    this.path = { address: parsed.address, args: parsed.parameters.size > 0 ? Object.fromEntries(parsed.parameters) : false };
    go();
  }

  override _parseAddressCommand(): Parsed {
    return this.path;
  }

  override handler_DATA(command: Buffer, callback: () => void): void {
    const parser = this._parser as unknown as GuardStream;
    if (command.length > 4) this.send(501, '5.5.4 DATA takes no argument');
    else if (this.session.envelope.rcptTo.length === 0) this.send(503, '5.5.1 RCPT first');
    else if (parser.hasInput()) this.fatal(554, '5.5.0 data before 354, closing');
    else {
      this.receive(parser);
      this.send(354, 'end with CRLF.CRLF');
    }
    callback();
  }

  private receive(parser: GuardStream): void {
    let lineTooLong: boolean | undefined;
    let verdict: Verdict | undefined;
    const settle = (): void => {
      if (lineTooLong === undefined || verdict === undefined || this.ended || this._closed) return;
      this._dataStream = false;
      if (verdict.code === 250) this.errors = this.junk = 0;
      this._transactionCounter += 1;
      this.sendLines(verdict.code, verdict.enhanced, verdict.lines);
      this.transactionOver();
      this.awaitCommand();
      parser.continue();
    };
    const stream = parser.startDataMode(this.guarded.maxOctets, (tooLong) => {
      lineTooLong = tooLong;
      this.stopTransactionClocks(); // from here on the client waits for us
      if (tooLong) verdict = { code: 500, enhanced: '5.5.2', lines: ['a text line has over 1000 octets'] };
      settle();
    });
    this._dataStream = stream as unknown as NonNullable<typeof this._dataStream>;
    this.awaitMessage();
    void this.guarded.receive(stream, this.session).then((answer) => {
      if (answer.code === 250) this.messages += 1;
      verdict ??= answer;
      settle();
    });
  }
}
