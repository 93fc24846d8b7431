import type { Socket } from 'node:net';
import type { PassThrough } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import type { SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import { MAX_MESSAGE_OCTETS } from './config.js';
import { GuardedConnection, type GuardedHost, type Verdict } from './guarded-connection.js';
import { SESSION_LIMITS, type SessionLimits } from './limits.js';

/** What the door does with what clients say. */
export interface Door {
  /** The user of a session, or a refusal: an Error with `responseCode` and a text that begins with its enhanced code. */
  authenticate(username: string, password: string, session: SMTPServerSession): Promise<unknown>;
  /** Runs at each MAIL: throws when the key has been revoked or the account may not send. */
  mayMail(session: SMTPServerSession): Promise<void>;
  /** Takes one message to its end; never rejects. */
  receive(message: PassThrough, session: SMTPServerSession): Promise<Verdict>;
  /** A session ended. */
  closed(session: SMTPServerSession): void;
  /** A reply of 4xx or 5xx was given. */
  refused(code: number, text: string): void;
  /** A handshake failed, such as one below TLS 1.3. */
  failed(error: Error, remoteAddress: string): void;
}

/** How a listener works. */
export interface GuardedServerOptions {
  readonly name: string;
  readonly cert: string;
  readonly key: string;
  /** TLS from the first byte (RFC 8314 §3.3); else STARTTLS. */
  readonly implicitTls: boolean;
  readonly maxSessions: number;
  readonly door: Door;
  readonly limits?: Partial<SessionLimits>;
}

/** smtp-server with {@link GuardedConnection}: TLS 1.3 only, AUTH PLAIN and LOGIN under TLS, our offers and limits. */
export class GuardedServer extends SMTPServer implements GuardedHost {
  readonly limits: SessionLimits;
  readonly maxSessions: number;
  readonly maxOctets = MAX_MESSAGE_OCTETS;
  private readonly door: Door;

  constructor({ name, cert, key, implicitTls, maxSessions, door, limits }: GuardedServerOptions) {
    super({
      name, cert, key, secure: implicitTls, minVersion: 'TLSv1.3', logger: false, banner: 'NexoraMail ESMTP', size: MAX_MESSAGE_OCTETS,
      authMethods: ['PLAIN', 'LOGIN'], authOptional: false, hideENHANCEDSTATUSCODES: false, disableReverseLookup: true, socketTimeout: SESSION_LIMITS.commandMs,
      maxRecipients: SESSION_LIMITS.recipients, authRequiredMessage: '5.7.0 authenticate first',
      onAuth: (auth, session, callback) => {
        door.authenticate(auth.username ?? '', auth.password ?? '', session).then((user) => callback(null, { user }), (error: Error) => callback(error));
      },
      onMailFrom: (_address, session, callback) => {
        door.mayMail(session).then(() => callback(), (error: Error) => callback(error));
      },
      onRcptTo: (_address, _session, callback) => callback(),
      onClose: (session) => door.closed(session),
    });
    this.door = door;
    this.maxSessions = maxSessions;
    this.limits = { ...SESSION_LIMITS, ...limits };
    this.on('error', (error: Error & { remoteAddress?: string; meta?: { remoteAddress?: string } }) => door.failed(error, error.remoteAddress ?? error.meta?.remoteAddress ?? ''));
  }

  /** Hands a message to the door. */
  receive(message: PassThrough, session: SMTPServerSession): Promise<Verdict> {
    return this.door.receive(message, session);
  }

  /** Notes a refusal. */
  refused(code: number, text: string): void {
    this.door.refused(code, text);
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
    const timer = setTimeout(() => (this._pendingSockets.get(socket) ?? socket).destroy(), this.limits.handshakeMs).unref();
    const done = ((...result: Parameters<typeof callback>) => {
      clearTimeout(timer);
      callback(...result);
    }) as typeof callback;
    super._upgrade(socket, done);
  }
}
