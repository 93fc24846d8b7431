import { Agent, buildConnector, request, type Dispatcher } from 'undici';
import type { Monotonic } from '@nexoramail/kernel';
import type { Poster } from '../application/ports.js';
import { ABORTED, type PostResult } from '../domain/verdict.js';
import { parseWebhookUrl, type AddressPolicy } from '../domain/webhook-url.js';
import { HostError, type HostResolver } from './host-resolver.js';

/** A post ends after so many milliseconds, look-up, connection, answer and body together. */
export const POST_TIMEOUT_MS = 15_000;
/** Bytes of an answer that are read; then the connection is cut. */
const MAX_ANSWER = 65_536;
const HEAD = 1024;

/** Settings of an {@link UndiciPoster}. */
export interface PosterOptions {
  readonly resolver: HostResolver;
  readonly policy: AddressPolicy;
  readonly monotonic: Monotonic;
  /** 15,000 unless told. */
  readonly timeoutMs?: number;
  /** Trusted roots in PEM, in place of Node's own. */
  readonly ca?: string;
}

/**
 * Posts over HTTP/1.1 to checked addresses only: names are resolved and judged for each connection, and the connected address is judged
 * once more. No redirect is followed, no proxy variable read, no answer decompressed.
 */
export class UndiciPoster implements Poster {
  private readonly agent: Agent;
  private readonly policy: AddressPolicy;
  private readonly stopping = new AbortController();

  constructor(private readonly o: PosterOptions) {
    this.policy = o.policy;
    const connect = buildConnector({ allowH2: false, timeout: o.timeoutMs ?? POST_TIMEOUT_MS, lookup: o.resolver.lookup, autoSelectFamily: true, ...(o.ca !== undefined && { ca: o.ca }) });
    this.agent = new Agent({
      pipelining: 1, keepAliveTimeout: 10_000, keepAliveMaxTimeout: 60_000, maxHeaderSize: 16_384,
      connect: (options, callback) => connect(options, (error, socket) => {
        if (error || socket === null) return callback(error ?? new Error('No socket'), null);
        if (this.policy.allows(socket.remoteAddress ?? '')) return callback(null, socket);
        socket.destroy();
        callback(new HostError('ETARGETFORBIDDEN'), null);
      }),
    });
  }

  async post(url: string, headers: Readonly<Record<string, string>>, body: Uint8Array): Promise<PostResult> {
    const begun = this.o.monotonic.now();
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), this.o.timeoutMs ?? POST_TIMEOUT_MS);
    const signal = AbortSignal.any([timeout.signal, this.stopping.signal]);
    const result = (part: Partial<PostResult>): PostResult => ({ status: 0, error: '', head: new Uint8Array(0), retryAfter: undefined, ...part, durationMs: this.o.monotonic.now() - begun });
    try {
      const target = parseWebhookUrl(url, this.policy); // the policy may have become stricter since it was stored
      const answer = await request(target, {
        dispatcher: this.agent, method: 'POST', body, signal, headersTimeout: 0, bodyTimeout: 0,
        headers: { ...headers, 'content-length': String(body.byteLength), 'user-agent': 'NexoraMail-Webhooks/1.0', accept: '*/*' },
      });
      const retryAfter = answer.headers['retry-after'];
      const head = await readHead(answer.body);
      return result({ status: answer.statusCode, head, retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined });
    } catch (error) {
      if (this.stopping.signal.aborted) return result({ error: ABORTED });
      return result({ error: timeout.signal.aborted ? 'timeout' : errorName(error) });
    } finally {
      clearTimeout(timer);
    }
  }

  abort(): void {
    this.stopping.abort();
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    this.abort();
    await this.agent.destroy();
  }
}

/**
 * The first bytes of a body. A short body is read to its end, so that the connection can be used again; one that is long, or not done in
 * time, is cut off: the status has told what came of the post.
 */
async function readHead(body: Dispatcher.ResponseData['body']): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let [kept, read] = [0, 0];
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      read += chunk.byteLength;
      const part = chunk.subarray(0, HEAD - kept);
      kept += part.byteLength;
      if (part.byteLength > 0) chunks.push(part);
      if (read > MAX_ANSWER) break; // leaving the loop destroys the stream and its connection
    }
  } catch {
    // Cut off, by the other side or by our time-out.
  }
  return Buffer.concat(chunks);
}

const NAMES: Readonly<Record<string, string>> = {
  ETARGETFORBIDDEN: 'target_forbidden', ENOTFOUND: 'host_not_found', EAI_AGAIN: 'dns_failure', ECONNREFUSED: 'connection_refused', ECONNRESET: 'connection_reset',
  EPIPE: 'connection_reset', EHOSTUNREACH: 'host_unreachable', ENETUNREACH: 'host_unreachable', ETIMEDOUT: 'timeout', UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_SOCKET: 'connection_reset', UND_ERR_HEADERS_OVERFLOW: 'answer_malformed', validation_failed: 'target_forbidden',
};

/** A short, stable name of what went wrong: shown in `GET /webhooks/{id}/attempts`. */
function errorName(error: unknown): string {
  for (const cause of [error, ...(error instanceof AggregateError ? (error.errors as unknown[]) : []), (error as { cause?: unknown } | null)?.cause]) {
    if (cause instanceof Error && cause.name === 'HTTPParserError') return 'answer_malformed';
    const code = (cause as { code?: unknown } | null | undefined)?.code;
    if (typeof code !== 'string') continue;
    if (NAMES[code]) return NAMES[code];
    if (code.startsWith('ERR_TLS') || code.startsWith('ERR_SSL') || code.includes('CERT') || code.includes('SELF_SIGNED') || code.startsWith('UNABLE_TO_')) return 'tls_failure';
  }
  return 'connection_failed';
}
