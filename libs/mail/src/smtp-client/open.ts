import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock, Monotonic } from '@nexoramail/kernel';
import type { ParsedReply, SmtpReply } from '../smtp/reply.js';
import { parseCapabilities, type Capabilities } from './capabilities.js';
import { LinkError, linkErrorOf } from './link-error.js';
import type { Stage, TlsFacts } from './outcome.js';
import { ReplyChannel } from './reply-channel.js';
import type { Scheduler } from './scheduler.js';
import type { SocketFactory } from './sockets.js';
import type { SmtpTimeouts } from './timeouts.js';
import { Transcript } from './transcript.js';

/** What every connection is made with. */
export interface ClientParts {
  readonly sockets: SocketFactory;
  readonly scheduler: Scheduler;
  /** Business time: recorded times. */
  readonly clock: Clock;
  readonly monotonic: Monotonic;
  readonly timeouts: SmtpTimeouts;
  /** Our host name for EHLO. */
  readonly clientName: string;
}

/** One address of one host, and how to talk to it. */
export interface Peer {
  /** MX or smarthost name: certificate and transcript. */
  readonly host: string;
  readonly ip: string;
  readonly port: number;
  readonly localAddress?: string;
  /** TLS from the first byte (port 465). */
  readonly implicitTls?: boolean;
  /** `opportunistic`: TLS when offered, plain otherwise; `required`: verified TLS or nothing. */
  readonly tls: 'opportunistic' | 'required';
  /** SASL PLAIN or LOGIN; over TLS only, unless `plainAllowed`. */
  readonly credentials?: { readonly username: string; readonly password: string; readonly plainAllowed?: boolean };
}

/** An open session, past EHLO. */
export interface OpenLink {
  readonly peer: Peer;
  readonly socket: Socket;
  readonly channel: ReplyChannel;
  readonly capabilities: Capabilities;
  readonly tls: TlsFacts | null;
  readonly tlsFault: string | null;
}

/** Why a session could not be opened. */
export interface OpenFailure {
  readonly peer: Peer;
  readonly stage: Stage;
  readonly reply: SmtpReply | null;
  readonly error: LinkError | null;
  readonly tlsFault: string | null;
}

class Refused extends Error {
  constructor(readonly stage: Stage, readonly reply: SmtpReply | null, readonly error: LinkError | null) {
    super('refused');
  }
}

/**
 * Opens a session: connect, greeting, EHLO, STARTTLS, EHLO, AUTH. When TLS is a wish only and its handshake fails, it
 * connects once more without (RFC 3207 §5, RFC 7435); bytes injected behind the 220 of STARTTLS end it for good (`sec-A6`).
 */
export async function openLink(parts: ClientParts, peer: Peer, transcript: Transcript, signal?: AbortSignal, onEnd?: () => void): Promise<OpenLink | OpenFailure> {
  const first = await new Opening(parts, peer, transcript, true, onEnd).run(signal);
  if (!('stage' in first) || first.error?.fault !== 'tls_failed' || peer.tls === 'required' || peer.implicitTls === true) return first;
  transcript.client(`(TLS failed: ${first.error.message}; connecting again without it)`);
  const second = await new Opening(parts, peer, transcript, false, onEnd).run(signal);
  return { ...second, tlsFault: first.error.message };
}

class Opening {
  private readonly channel: ReplyChannel;
  private tls: TlsFacts | null = null;
  private tlsFault: string | null = null;
  private handedOver = false;

  constructor(private readonly parts: ClientParts, private readonly peer: Peer, private readonly transcript: Transcript, private readonly wantsTls: boolean, onEnd: (() => void) | undefined) {
    this.channel = new ReplyChannel(parts.scheduler, () => {
      if (this.handedOver) onEnd?.();
    });
  }

  async run(signal?: AbortSignal): Promise<OpenLink | OpenFailure> {
    const socket = this.parts.sockets.connect({ ip: this.peer.ip, port: this.peer.port, ...(this.peer.localAddress !== undefined && { localAddress: this.peer.localAddress }) });
    let current: Socket = socket;
    const abort = (): void => {
      this.channel.fail(new LinkError('aborted', 'given up'));
      current.destroy(new LinkError('aborted', 'given up'));
    };
    signal?.addEventListener('abort', abort, { once: true });
    try {
      if (signal?.aborted === true) throw new Refused('connect', null, new LinkError('aborted', 'given up'));
      await this.until(socket, 'connect', this.parts.timeouts.connectMs, 'connect');
      if (this.peer.implicitTls === true) current = await this.handshake(socket, 'connect');
      this.channel.attach(current);
      const greeting = await this.ask('greeting', undefined, this.parts.timeouts.greetingMs);
      if (greeting.code !== 220) throw new Refused('greeting', greeting, null);
      let capabilities = await this.hello();
      if (this.tls === null && capabilities.startTls && this.wantsTls) {
        const secure = await this.startTls();
        if (secure !== undefined) {
          current = secure;
          this.channel.attach(current);
          capabilities = await this.hello();
        }
      }
      this.demandTls(capabilities);
      if (this.peer.credentials !== undefined) await this.authenticate(this.peer.credentials, capabilities);
      this.handedOver = true;
      return { peer: this.peer, socket: current, channel: this.channel, capabilities, tls: this.tls, tlsFault: this.tlsFault };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (this.channel.failure === undefined && current.writable && error.reply !== null) current.end('QUIT\r\n');
      this.channel.fail(error.error ?? new LinkError('connection_lost', 'closed by us'));
      current.on('error', () => undefined).destroySoon();
      return { peer: this.peer, stage: error.stage, reply: error.reply, error: error.reply === null ? error.error : null, tlsFault: this.tlsFault };
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  private async hello(): Promise<Capabilities> {
    const { clientName, timeouts } = this.parts;
    const reply = await this.ask('ehlo', `EHLO ${clientName}`, timeouts.commandMs);
    if (reply.code === 250) return parseCapabilities(reply);
    if (reply.code < 500) throw new Refused('ehlo', reply, null);
    const plain = await this.ask('ehlo', `HELO ${clientName}`, timeouts.commandMs); // a server from before 1995
    if (plain.code !== 250) throw new Refused('ehlo', plain, null);
    return parseCapabilities({ ...plain, lines: [] });
  }

  private async startTls(): Promise<Socket | undefined> {
    const reply = await this.ask('starttls', 'STARTTLS', this.parts.timeouts.commandMs);
    if (reply.code !== 220) {
      this.tlsFault = `STARTTLS: ${reply.code} ${reply.text}`.slice(0, 300);
      if (reply.code === 421) throw new Refused('starttls', reply, null);
      return undefined;
    }
    if (this.channel.pending || this.channel.failure !== undefined) {
      throw new Refused('starttls', null, new LinkError('starttls_injection', 'bytes behind the reply to STARTTLS'));
    }
    const socket = this.channel.detach();
    if (socket === undefined) throw new Refused('starttls', null, new LinkError('connection_lost', 'the peer closed the connection'));
    return this.handshake(socket, 'starttls');
  }

  private async handshake(socket: Socket, stage: Stage): Promise<TLSSocket> {
    const secure = this.parts.sockets.secure(socket, this.peer.host);
    await this.until(secure, 'secureConnect', this.parts.timeouts.handshakeMs, stage);
    this.tls = { version: secure.getProtocol() ?? '', cipher: secure.getCipher().standardName, verified: secure.authorized };
    if (!secure.authorized) this.tlsFault = `certificate: ${String(secure.authorizationError)}`.slice(0, 300);
    return secure;
  }

  private demandTls(capabilities: Capabilities): void {
    if (this.peer.tls !== 'required' || this.tls?.verified === true) return;
    const why = this.tlsFault ?? (capabilities.startTls ? 'no TLS' : 'STARTTLS is not offered');
    throw new Refused('starttls', null, new LinkError('tls_required', why));
  }

  private async authenticate({ username, password, plainAllowed }: NonNullable<Peer['credentials']>, { auth }: Capabilities): Promise<void> {
    const refuse = (detail: string): Refused => new Refused('auth', null, new LinkError('auth_unavailable', detail));
    if (this.tls === null && plainAllowed !== true) throw refuse('no password without TLS');
    const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
    const { commandMs } = this.parts.timeouts;
    let reply: SmtpReply;
    if (auth.has('PLAIN')) {
      reply = await this.ask('auth', `AUTH PLAIN ${base64(`\0${username}\0${password}`)}`, commandMs, 'AUTH PLAIN ****');
    } else if (auth.has('LOGIN')) {
      reply = await this.ask('auth', 'AUTH LOGIN', commandMs);
      if (reply.code === 334) reply = await this.ask('auth', base64(username), commandMs, '****');
      if (reply.code === 334) reply = await this.ask('auth', base64(password), commandMs, '****');
    } else throw refuse('neither PLAIN nor LOGIN is offered');
    if (reply.code !== 235) throw new Refused('auth', reply, null);
  }

  /** Writes a line, when there is one, and gives the reply to it. `shown` stands in its place in the transcript. */
  private async ask(stage: Stage, line: string | undefined, timeoutMs: number, shown = line): Promise<ParsedReply> {
    const { channel, transcript } = this;
    const answer = channel.expect(transcript, timeoutMs);
    if (line !== undefined && shown !== undefined && channel.failure === undefined) {
      transcript.client(shown);
      channel.write(`${line}\r\n`);
    }
    const { reply, error } = await answer;
    if (reply === undefined) throw new Refused(stage, null, error);
    return reply;
  }

  private until(socket: Socket | TLSSocket, event: 'connect' | 'secureConnect', ms: number, stage: Stage): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (error?: LinkError): void => {
        cancel();
        socket.off(event, ready).off('error', failed).off('close', closed);
        if (error === undefined) return resolve();
        socket.on('error', () => undefined).destroy();
        reject(new Refused(stage, null, error));
      };
      const during = event === 'connect' ? 'connect' : 'tls';
      const ready = (): void => done();
      const failed = (error: Error): void => done(error instanceof LinkError ? error : linkErrorOf(error, during));
      const closed = (): void => done(linkErrorOf(new Error('the peer closed the connection'), during));
      const late = event === 'connect' ? new LinkError('timeout', `no connection within ${ms} ms`) : new LinkError('tls_failed', `no TLS handshake within ${ms} ms`);
      const cancel = this.parts.scheduler.after(ms, () => done(late));
      socket.once(event, ready).on('error', failed).on('close', closed);
    });
  }
}
