import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What a peer does with one line from the client; text is sent as it is, undefined says nothing. */
export type OnLine = (line: string, socket: Socket, session: number) => string | Buffer | undefined;

/** A hostile or broken SMTP peer: every line goes to a function of the spec. */
export class ScriptedPeer {
  readonly received: string[] = [];
  sessions = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async start(greeting: string | undefined, onLine: OnLine): Promise<ScriptedPeer> {
    const server = createServer();
    const peer = new ScriptedPeer(server);
    server.on('connection', (socket) => peer.serve(socket, greeting, onLine));
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    return peer;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Sessions open now. */
  get open(): number {
    return this.sockets.size;
  }

  private serve(socket: Socket, greeting: string | undefined, onLine: OnLine): void {
    const session = (this.sessions += 1);
    this.sockets.add(socket);
    socket.setNoDelay(true).on('error', () => undefined).on('close', () => this.sockets.delete(socket));
    if (greeting !== undefined) socket.write(greeting);
    let rest = '';
    socket.on('data', (chunk) => {
      rest += chunk.toString('latin1');
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        this.received.push(line);
        const answer = onLine(line, socket, session);
        if (answer !== undefined && socket.writable) socket.write(answer);
      }
    });
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => void this.server.close(() => resolve()));
  }
}

/** A well-behaved peer's answers; `overrides` by verb (`.` is the final dot) come first. */
export function standardPeer(overrides: Readonly<Record<string, OnLine>> = {}, offers: readonly string[] = ['PIPELINING', '8BITMIME', 'SIZE 1000000']): OnLine {
  const inText = new WeakSet<Socket>();
  return (line, socket, session) => {
    const verb = inText.has(socket) ? (line === '.' ? '.' : 'text') : (line.split(/[ :]/, 1)[0] ?? '').toUpperCase();
    if (verb === '.') inText.delete(socket);
    const override = overrides[verb];
    const answer = override === undefined ? standard(verb, offers) : override(line, socket, session);
    if (verb === 'DATA' && answer?.toString().startsWith('354') === true) inText.add(socket);
    return answer;
  };
}

function standard(verb: string, offers: readonly string[]): string | undefined {
  switch (verb) {
    case 'EHLO': return ['250-peer', ...offers.slice(0, -1).map((offer) => `250-${offer}`), `250 ${offers.at(-1) ?? 'HELP'}`].join('\r\n') + '\r\n';
    case 'DATA': return '354 go\r\n';
    case 'QUIT': return '221 bye\r\n';
    case 'text': return undefined;
    default: return '250 2.0.0 ok\r\n';
  }
}
