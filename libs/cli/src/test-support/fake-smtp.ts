import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket, type SecureVersion } from 'node:tls';
import { CERTIFICATE, CERTIFICATE_KEY } from './certificate.js';

/** How a {@link FakeSmtp} differs from a good door. */
export interface FakeSmtpOptions {
  readonly implicitTls: boolean;
  readonly maxVersion?: SecureVersion;
  readonly greeting?: string;
  readonly auth?: string;
  readonly offersStartTls?: boolean;
}

/** A submission port over real sockets: as much SMTP as a doctor asks for. */
export class FakeSmtp {
  /** The lines that clients sent. */
  readonly lines: string[] = [];
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server, private readonly options: FakeSmtpOptions) {}

  static async start(options: FakeSmtpOptions): Promise<FakeSmtp> {
    const server = options.implicitTls ? createTlsServer({ cert: CERTIFICATE, key: CERTIFICATE_KEY, maxVersion: options.maxVersion ?? 'TLSv1.3' }) : createServer();
    const fake = new FakeSmtp(server, options);
    server.on('connection', (socket: Socket) => { fake.sockets.add(socket); socket.on('error', () => undefined); });
    server.on(options.implicitTls ? 'secureConnection' : 'connection', (socket: Socket) => fake.talk(socket, true));
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private talk(socket: Socket, greets: boolean): void {
    const { greeting = '220 fake ESMTP', auth = '235 2.7.0 welcome', offersStartTls = true } = this.options;
    let rest = '';
    const onData = (chunk: Buffer): void => {
      const parts = (rest + chunk.toString()).split('\r\n');
      rest = parts.pop() ?? '';
      for (const line of parts) {
        this.lines.push(line);
        const verb = line.split(' ', 1)[0];
        if (verb === 'STARTTLS') {
          socket.off('data', onData).write('220 2.0.0 go ahead\r\n');
          const secure = new TLSSocket(socket, { isServer: true, cert: CERTIFICATE, key: CERTIFICATE_KEY, maxVersion: this.options.maxVersion ?? 'TLSv1.3' });
          secure.on('error', () => undefined);
          this.talk(secure, false);
          return;
        }
        const offer = socket instanceof TLSSocket || !offersStartTls ? '250 SIZE 1000' : '250-SIZE 1000\r\n250 STARTTLS';
        socket.write(`${verb === 'EHLO' ? `250-fake\r\n${offer}` : verb === 'AUTH' ? auth : verb === 'QUIT' ? '221 2.0.0 bye' : '502 5.5.1 no'}\r\n`);
      }
    };
    socket.on('data', onData);
    if (greets) socket.write(`${greeting}\r\n`);
  }
}
