import { createServer, type Server, type ServerResponse } from 'node:http';
import { AppError } from '@nexoramail/kernel';

/** Where the public listener of tracking hosts stands. */
export interface PublicHttpOptions {
  /** Loopback, or any address behind a proxy that ends TLS. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Origin of the API, for the problem's `type`; the code alone without it. */
  readonly apiUrl?: string;
}

/**
 * The HTTP listener of tracking hosts. It answers `/healthz`; every other path is a problem (RFC 9457) with status 404 until links and
 * pixels are minted.
 */
export class PublicHttp {
  private readonly server: Server;

  constructor(private readonly options: PublicHttpOptions) {
    this.server = createServer({ maxHeaderSize: 8192, requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: 5_000 }, (request, response) => {
      request.resume();
      const path = (request.url ?? '/').split('?', 1)[0];
      if (path !== '/healthz') return this.problem(response, request.method === 'HEAD');
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'content-length': 3, 'cache-control': 'no-store' }).end(request.method === 'HEAD' ? undefined : 'ok\n');
    });
    this.server.on('clientError', (_error, socket) => socket.destroy());
  }

  /** Port that it listens on. */
  get port(): number {
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(this.options.port, this.options.host, () => {
        this.server.removeListener('error', reject);
        resolve();
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private problem(response: ServerResponse, headOnly: boolean): void {
    const { definition, code } = new AppError('not_found', '');
    const body = JSON.stringify({
      type: `${this.options.apiUrl ?? ''}/docs/errors#${code}`, title: definition.title, status: definition.http,
      detail: 'Nothing is served at this address.', code, retryable: definition.retryable,
    });
    response.writeHead(definition.http, { 'content-type': 'application/problem+json', 'content-length': Buffer.byteLength(body), 'cache-control': 'no-store' });
    response.end(headOnly ? undefined : body);
  }
}
