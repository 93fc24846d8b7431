import type { Socket } from 'node:net';
import type { PassThrough } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Monotonic } from '@nexoramail/kernel';
import type { Timers } from '@nexoramail/platform';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import type { SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import { MAX_MESSAGE_OCTETS } from './config.js';
import { GuardedConnection } from './guarded-connection.js';
import type { GuardedHost, Refusal, SessionEnd, Verdict } from './guarded-host.js';
import type { SessionLimits } from './limits.js';
import type { SourceConnections } from './source-connections.js';

/** What a client says by AUTH. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** By PLAIN: the user to act as (RFC 4616); empty for none. */
  readonly actAs: string;
}

/** What the door does with what clients say. */
export interface Door {
  /** The user of a session, or a refusal: an Error with `responseCode` and a text that begins with its enhanced code. */
  authenticate(credentials: Credentials, session: SMTPServerSession): Promise<unknown>;
  /** Runs at each MAIL: throws when the key has been revoked or the account may not send. */
  mayMail(session: SMTPServerSession): Promise<void>;
  /** Takes one message to its end; never rejects. */
  receive(message: PassThrough, session: SMTPServerSession): Promise<Verdict>;
  /** A session ended; told once for each. */
  ended(end: SessionEnd, session: SMTPServerSession): void;
  /** A reply of 4xx or 5xx was given. */
  refused(refusal: Refusal, session: SMTPServerSession): void;
  /** A connection failed: a handshake below TLS 1.3, one source with too many. */
  failed(error: Error, remoteAddress: string): void;
}

/** How a listener works. */
export interface GuardedServerOptions {
  readonly name: string;
  readonly cert: string;
  readonly key: string;
  /** TLS from the first byte (RFC 8314 §3.3); else STARTTLS. */
  readonly implicitTls: boolean;
  readonly door: Door;
  readonly limits: SessionLimits;
  readonly timers: Timers;
  readonly monotonic: Monotonic;
  /** Shared by the listeners of a process. */
  readonly sources: SourceConnections;
}

/** smtp-server with {@link GuardedConnection}: TLS 1.3 only, AUTH PLAIN and LOGIN under TLS, our offers and limits. */
export class GuardedServer extends SMTPServer implements GuardedHost {
  readonly limits: SessionLimits;
  readonly timers: Timers;
  readonly monotonic: Monotonic;
  readonly sources: SourceConnections;
  readonly maxOctets = MAX_MESSAGE_OCTETS;
  private readonly door: Door;

  constructor({ name, cert, key, implicitTls, door, limits, timers, monotonic, sources }: GuardedServerOptions) {
    super({
      name, cert, key, secure: implicitTls, minVersion: 'TLSv1.3', logger: false, banner: 'NexoraMail ESMTP', size: MAX_MESSAGE_OCTETS,
      authMethods: ['PLAIN', 'LOGIN'], authOptional: false, hideENHANCEDSTATUSCODES: false, disableReverseLookup: true, socketTimeout: limits.commandMs,
      maxRecipients: limits.recipients, authRequiredMessage: '5.7.0 authenticate first',
      onAuth: (auth, session, callback) => {
        const { username = '', password, authzid = '', authcid = username } = auth;
        door.authenticate({ username, password: password ?? '', actAs: authzid === authcid ? '' : authzid }, session).then((user) => callback(null, { user }), (error: Error) => callback(error));
      },
      onMailFrom: (_address, session, callback) => {
        door.mayMail(session).then(() => callback(), (error: Error) => callback(error));
      },
      onRcptTo: (_address, _session, callback) => callback(),
    });
    this.door = door;
    this.limits = limits;
    this.timers = timers;
    this.monotonic = monotonic;
    this.sources = sources;
    this.on('error', (error: Error & { remoteAddress?: string; meta?: { remoteAddress?: string } }) => door.failed(error, error.remoteAddress ?? error.meta?.remoteAddress ?? ''));
  }

  /** Hands a message to the door. */
  receive(message: PassThrough, session: SMTPServerSession): Promise<Verdict> {
    return this.door.receive(message, session);
  }

  /** Notes a refusal. */
  refused(refusal: Refusal, session: SMTPServerSession): void {
    this.door.refused(refusal, session);
  }

  /** Notes the end of a session. */
  ended(end: SessionEnd, session: SMTPServerSession): void {
    this.door.ended(end, session);
  }

  // The first that sees a socket, before any handshake. Nothing can be said on a TLS port before one, and it is what costs.
  override _acceptSocket(socket: Socket, handshake: boolean): (() => void) | false {
    const full = this.sources.admit(socket);
    if (full === undefined) return super._acceptSocket(socket, handshake);
    socket.on('error', () => undefined);
    this.door.failed(Object.assign(new Error('too many connections'), { code: `TOO_MANY_OF_${full.toUpperCase()}` }), socket.remoteAddress ?? '');
    if (handshake) socket.destroy();
    else {
      socket.resume().end(`421 4.7.0 ${full === 'source' ? 'your address' : 'this server'} has too many connections, try again later\r\n`);
      this.timers.after(this.limits.drainMs, () => socket.destroy());
    }
    return false;
  }

  // As the library's, with our class.
  override connect(socket: Socket | TLSSocket, options?: SMTPConnectionOptions | null): void {
    const connection = new GuardedConnection(this, socket, options);
    this.connections.add(connection);
    connection.on('error', (error: Error) => this._onError(error));
    connection.on('connect', (data: Parameters<SMTPServer['_onClientConnect']>[0]) => this._onClientConnect(data));
    connection.init();
  }

  // An implicit TLS handshake has a deadline of its own.
  override _upgrade(socket: Socket, callback: Parameters<SMTPServer['_upgrade']>[1]): void {
    const cancel = this.timers.after(this.limits.handshakeMs, () => (this._pendingSockets.get(socket) ?? socket).destroy());
    const done = ((...result: Parameters<typeof callback>) => {
      cancel();
      callback(...result);
    }) as typeof callback;
    super._upgrade(socket, done);
  }
}
