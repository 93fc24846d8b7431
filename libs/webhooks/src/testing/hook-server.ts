import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** A post as a receiver got it. */
export interface Received {
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly path: string;
}

/** Answers a post; its number counts from 1. */
export type Answer = (response: ServerResponse, n: number, request: IncomingMessage) => void;

/** A webhook receiver on a free port of loopback, for specs. */
export class HookServer {
  readonly received: Received[] = [];
  private waiting: (() => void)[] = [];
  private readonly server: Server;

  constructor(public answer: Answer = (response) => void response.writeHead(200).end('ok')) {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('error', () => undefined);
      request.on('end', () => {
        const n = this.received.push({ headers: request.headers as Record<string, string>, body: Buffer.concat(chunks).toString('utf8'), path: request.url ?? '' });
        this.answer(response, n, request);
        for (const wake of this.waiting.splice(0)) wake();
      });
    });
  }

  get url(): string {
    const address = this.server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/hook`;
  }

  listen(): Promise<this> {
    return new Promise((resolve) => this.server.listen(0, '127.0.0.1', () => resolve(this)));
  }

  /** Resolves when so many posts have come. */
  async until(count: number): Promise<readonly Received[]> {
    while (this.received.length < count) await new Promise<void>((resolve) => this.waiting.push(resolve));
    return this.received;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }
}
