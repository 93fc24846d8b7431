import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One POST that arrived. */
export interface HookPost {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly event: { readonly type: string; readonly timestamp: string; readonly data: { readonly email_id: string } };
}

/** A webhook receiver on loopback that answers 200 and keeps what came. */
export class HookSink {
  readonly posts: HookPost[] = [];

  private constructor(private readonly server: Server, readonly url: string) {}

  static async start(): Promise<HookSink> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const sink = new HookSink(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
        const body = Buffer.concat(chunks).toString();
        sink.posts.push({ headers: request.headers, body, event: JSON.parse(body) as HookPost['event'] });
        response.end('ok');
      });
    });
    return sink;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
