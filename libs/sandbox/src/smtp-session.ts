import { TLSSocket } from 'node:tls';
import type { Socket } from 'node:net';
import { ByteGuard, type GuardEvent } from '@nexoramail/mail';
import type { SessionCounter } from './counters.js';
import type { MailboxVerdict, SandboxReply } from './mailbox-rules.js';
import type { ScriptCommand, ScriptDecision } from './script.js';
import { domainOf, parsePath } from './smtp-path.js';
import { formatReply } from './smtp-reply.js';
import type { SinkContext } from './sink-context.js';

const MAX_RECIPIENTS = 100;
const PAUSE_ABOVE = 262_144;
const COMMANDS = new Set<string>(['EHLO', 'HELO', 'STARTTLS', 'MAIL', 'RCPT', 'DATA', 'RSET', 'NOOP', 'QUIT', 'VRFY']);

interface Recipient {
  readonly address: string;
  readonly verdict: MailboxVerdict;
}

/** What follows a reply. */
type After = 'go on' | 'close' | 'cut' | 'data' | 'starttls';

const reply = (code: number, enhanced: string, text: string): SandboxReply => ({ code, enhanced, text });
const OK = reply(250, '2.0.0', 'ok');

/** One SMTP session of the sandbox: commands are answered in order, each after its latency, pipelined replies in one write. */
export class SmtpSession {
  private guard = new ByteGuard();
  private socket: Socket;
  private readonly counter: SessionCounter;
  private readonly mxHosts: readonly string[];
  private out = '';
  private busy = true;
  private ended = false;
  private counted = true;
  private greeted = false;
  private cancelTimer: () => void = () => undefined;
  private from: string | undefined;
  private recipients: Recipient[] = [];
  private paceMs = 0;
  private pieces: Buffer[] = [];
  private tls: { version: string; cipher: string } | null = null;

  constructor(socket: Socket, private readonly number: number, private readonly context: SinkContext) {
    this.socket = socket;
    const local = (socket.localAddress ?? '').replace(/^::ffff:/, '');
    this.mxHosts = context.zone.hostsAt(local);
    this.counter = context.counters.open((socket.remoteAddress ?? '').replace(/^::ffff:/, ''));
    socket.setNoDelay(true);
    socket.setTimeout(context.idleMs, () => this.finish(421, '4.4.2', 'idle for too long, closing'));
    socket.on('close', () => this.closed());
    this.listen();
    const refuses = context.refuses(local) ? reply(421, '4.3.2', 'service not available, closing') : undefined;
    const script = this.scripted('CONNECT');
    const answer = script.reply ?? refuses;
    this.say(answer ?? reply(220, '', 'mx.sandbox.test ESMTP NexoraMail sandbox'), script, answer !== undefined && answer.code >= 400 ? 'close' : 'go on');
  }

  /** Ends the session at once. */
  destroy(): void {
    this.socket.destroy();
  }

  private listen(): void {
    this.socket.on('error', () => this.socket.destroy());
    this.socket.on('data', (chunk: Buffer) => {
      this.guard.push(chunk);
      if (this.guard.bufferedOctets > PAUSE_ABOVE) this.socket.pause();
      this.pump();
    });
  }

  private closed(): void {
    if (this.ended) return;
    this.ended = true;
    this.cancelTimer();
    this.pieces = [];
    this.countClosed();
    this.context.sessionClosed(this);
  }

  /** At our last reply already: a client that waits for it may open its next session before this one's end is seen. */
  private countClosed(): void {
    if (!this.counted) return;
    this.counted = false;
    this.counter.closed();
  }

  private pump(): void {
    while (!this.busy && !this.ended) {
      const event = this.guard.next();
      if (event === undefined) break;
      this.handle(event);
    }
    this.flush();
    if (this.socket.isPaused() && this.guard.bufferedOctets <= PAUSE_ABOVE) this.socket.resume();
  }

  private flush(): void {
    if (this.out !== '' && this.socket.writable) this.socket.write(this.out, 'utf8');
    this.out = '';
  }

  private handle(event: GuardEvent): void {
    switch (event.kind) {
      case 'line': return event.octets > 2_048 ? this.say(reply(500, '5.5.2', 'command line too long')) : this.command(event.line.toString('utf8'));
      case 'data': return void this.pieces.push(event.piece);
      case 'end': return this.endOfData(event.lineTooLong);
      case 'poison': return this.finish(550, '5.6.11', 'bare CR, LF or NUL refused, closing');
      case 'oversize': return this.finish(552, '5.3.4', `message larger than ${this.context.maxOctets} octets, closing`);
      case 'flood': return this.finish(421, '4.7.0', 'line too long, closing');
    }
  }

  private command(line: string): void {
    const verb = /^[A-Za-z]*/.exec(line)?.[0].toUpperCase() ?? '';
    if (verb === 'EHLO' || verb === 'HELO') this.counter.hello(line.slice(5).trim());
    if (verb !== 'RCPT') this.counter.command(COMMANDS.has(verb) ? verb : 'OTHER');
    switch (verb) {
      case 'EHLO': case 'HELO': return this.hello(verb);
      case 'STARTTLS': return this.startTls(line);
      case 'MAIL': return this.mail(line);
      case 'RCPT': return this.rcpt(line);
      case 'DATA': return this.data();
      case 'RSET': this.resetTransaction(); return this.answer('RSET', OK);
      case 'NOOP': return this.answer('NOOP', OK);
      case 'VRFY': return this.say(reply(252, '2.5.0', 'send it and see'));
      case 'QUIT': return this.answer('QUIT', reply(221, '2.0.0', 'bye'), 'close');
      default: return this.say(reply(verb === 'BDAT' || verb === 'EXPN' ? 502 : 500, '5.5.1', 'command not recognised'));
    }
  }

  private hello(verb: string): void {
    this.resetTransaction();
    this.greeted = true;
    if (verb === 'HELO') return this.answer('EHLO', reply(250, '', 'mx.sandbox.test'));
    const offers = ['PIPELINING', `SIZE ${this.context.maxOctets}`, '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES'];
    if (this.tls === null && this.context.script.tlsCeiling(this.mxHosts) !== 'none') offers.push('STARTTLS');
    this.answer('EHLO', reply(250, '', ['mx.sandbox.test', ...offers].join('\n')));
  }

  private startTls(line: string): void {
    const ceiling = this.context.script.tlsCeiling(this.mxHosts);
    if (line.trim().length > 8) return this.say(reply(501, '5.5.4', 'STARTTLS takes no parameter'));
    if (this.tls !== null || ceiling === 'none') return this.say(reply(503, '5.5.1', 'STARTTLS is not offered'));
    this.answer('STARTTLS', reply(220, '2.0.0', 'go ahead'), 'starttls');
  }

  private mail(line: string): void {
    const path = parsePath(line);
    if (!this.greeted || this.from !== undefined) return this.say(reply(503, '5.5.1', this.greeted ? 'one transaction at a time' : 'EHLO first'));
    if (path === undefined) return this.say(reply(501, '5.5.4', 'syntax: MAIL FROM:<address>'));
    if (Number(path.parameters.get('SIZE') ?? 0) > this.context.maxOctets) return this.say(reply(552, '5.3.4', 'message too large'));
    const decision = this.scripted('MAIL');
    if (decision.reply === undefined || decision.reply.code < 400) this.from = path.address;
    this.say(decision.reply ?? reply(250, '2.1.0', 'sender ok'), decision);
  }

  private rcpt(line: string): void {
    const path = parsePath(line);
    const domain = path === undefined ? undefined : domainOf(path.address);
    this.counter.command('RCPT', domain);
    if (this.from === undefined) return this.say(reply(503, '5.5.1', 'MAIL first'));
    if (path === undefined || domain === undefined || !/.@./.test(path.address)) return this.say(reply(501, '5.1.3', 'syntax: RCPT TO:<address>'));
    this.counter.recipientDomain(domain);
    if (this.recipients.length >= MAX_RECIPIENTS) return this.say(reply(452, '4.5.3', 'too many recipients'));
    const decision = this.scripted('RCPT', [path.address]);
    const verdict: MailboxVerdict = decision.reply === undefined ? this.context.rules.recipient(path.address) : { reply: decision.reply, close: decision.reply.code === 421 };
    this.paceMs = Math.max(this.paceMs, verdict.paceMs ?? 0);
    if (verdict.reply.code < 400) this.recipients.push({ address: path.address, verdict });
    this.say(verdict.reply, decision, verdict.close === true ? 'close' : 'go on');
  }

  private data(): void {
    if (this.from === undefined || this.recipients.length === 0) return this.say(reply(503, '5.5.1', 'RCPT first'));
    const decision = this.scripted('DATA', this.addresses());
    const refused = decision.reply !== undefined && decision.reply.code >= 400;
    if (refused) this.resetTransaction();
    this.say(decision.reply ?? reply(354, '', 'end data with <CR><LF>.<CR><LF>'), decision, refused ? 'go on' : 'data');
  }

  private endOfData(lineTooLong: boolean): void {
    const { recipients, from = '', paceMs } = this;
    const raw = this.pieces.length === 1 && this.pieces[0] !== undefined ? this.pieces[0] : Buffer.concat(this.pieces);
    const decision = this.scripted('DOT', this.addresses());
    this.resetTransaction();
    this.paceMs = paceMs; // the last reply of a slow transaction is slow too
    const cut = recipients.map(({ verdict }) => verdict.cut).find(Boolean);
    const scripted = decision.cut === true || (decision.reply !== undefined && decision.reply.code >= 400);
    const stored = scripted ? decision.stored === true : cut !== 'lose' && !lineTooLong;
    let id = '';
    if (stored) {
      id = this.context.deliver({ from, recipients, raw, tls: this.tls, session: this.number });
      this.counter.message([...new Set(recipients.map(({ address }) => domainOf(address)))]);
    }
    if (scripted || decision.reply !== undefined) this.say(decision.reply ?? OK, decision);
    else if (cut !== undefined) this.say(OK, { ...decision, cut: true });
    else if (lineTooLong) this.say(reply(500, '5.5.2', 'text line over 1000 octets'), decision);
    else this.say(reply(250, '2.0.0', `stored as ${id}`), decision);
    if (!this.busy) this.paceMs = 0;
  }

  private addresses(): string[] {
    return this.recipients.map(({ address }) => address);
  }

  private resetTransaction(): void {
    this.from = undefined;
    this.recipients = [];
    this.pieces = [];
    this.paceMs = 0;
  }

  private scripted(command: ScriptCommand, addresses: readonly string[] = []): ScriptDecision {
    const hosts = command === 'RCPT' || addresses.length > 0 ? [...this.mxHosts, ...this.context.mxHostsOf(addresses)] : this.mxHosts;
    return this.context.script.decide({ command, mxHosts: hosts, addresses: addresses.map((address) => address.toLowerCase()) });
  }

  /** A reply that the script may replace, delay or cut. */
  private answer(command: ScriptCommand, standard: SandboxReply, after: After = 'go on'): void {
    const decision = this.scripted(command);
    const replaced = decision.reply !== undefined;
    this.say(decision.reply ?? standard, decision, replaced && after === 'starttls' ? 'go on' : after);
  }

  private say(answer: SandboxReply, decision: ScriptDecision = { latencyMs: 0 }, after: After = 'go on'): void {
    const silent = decision.cut === true && decision.reply === undefined;
    const next: After = decision.cut === true ? (silent ? 'cut' : 'close') : answer.code === 421 ? 'close' : after;
    const act = (): void => {
      if (!silent) this.out += formatReply(answer);
      this.busy = false;
      if (next === 'data') this.guard.startData(this.context.maxOctets);
      else if (next === 'close') this.close();
      else if (next === 'cut') this.cut();
      else if (next === 'starttls') this.upgrade();
    };
    const wait = decision.latencyMs + this.paceMs;
    if (wait === 0) {
      act();
      if (this.out.length > 16_384 || !this.greeted) this.flush();
      return;
    }
    this.flush();
    this.busy = true;
    this.cancelTimer = this.context.scheduler.after(wait, () => {
      if (this.ended) return;
      act();
      if (this.recipients.length === 0) this.paceMs = 0;
      this.pump();
    });
  }

  /** The last reply: input is read and dropped until the peer closes, 2 s at most, so that it can read the reply. */
  private finish(code: number, enhanced: string, text: string): void {
    this.out += formatReply(reply(code, enhanced, text));
    this.close();
  }

  private close(): void {
    this.busy = true;
    this.countClosed();
    this.flush();
    this.socket.removeAllListeners('data');
    this.socket.resume();
    this.socket.end();
    this.cancelTimer = this.context.scheduler.after(2_000, () => this.socket.destroy());
  }

  private cut(): void {
    this.busy = true;
    this.countClosed();
    this.flush();
    this.socket.destroy();
  }

  private upgrade(): void {
    this.flush();
    const plain = this.socket;
    plain.removeAllListeners('data');
    if (this.guard.bufferedOctets > 0) return this.cut(); // commands ahead of the handshake never run (RFC 3207 §4.2)
    const ceiling = this.context.script.tlsCeiling(this.mxHosts);
    const version = ceiling === 'TLSv1.2' ? 'TLSv1.2' : 'TLSv1.3';
    const secure = new TLSSocket(plain, {
      isServer: true,
      secureContext: this.context.certificates.contextFor(this.mxHosts[0] ?? 'mx.sandbox.test', version),
      SNICallback: (name, done) => done(null, this.context.certificates.contextFor(name, version)),
    });
    this.socket = secure;
    this.guard = new ByteGuard();
    this.greeted = false;
    secure.once('secure', () => {
      this.tls = { version: secure.getProtocol() ?? '', cipher: secure.getCipher().standardName };
    });
    secure.on('close', () => plain.destroy());
    this.listen();
  }
}
