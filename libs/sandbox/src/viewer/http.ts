import type { IncomingMessage, ServerResponse } from 'node:http';

/** A fault of the caller, answered as problem+json. */
export class RequestFault extends Error {
  override readonly name = 'RequestFault';

  constructor(readonly status: number, detail: string, readonly errors: readonly { pointer: string; message: string }[] = []) {
    super(detail);
  }
}

const TITLES: Record<number, string> = { 400: 'Bad request', 403: 'Forbidden', 404: 'Not found', 405: 'Method not allowed', 413: 'Payload too large', 422: 'Validation failed', 500: 'Internal error' };
const MAX_BODY_OCTETS = 1_048_576;

/** Headers that every answer carries. */
export const COMMON_HEADERS = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer', 'Cross-Origin-Resource-Policy': 'same-origin' } as const;

/** Sends bytes or text with their type. */
export function send(response: ServerResponse, status: number, contentType: string, body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { ...COMMON_HEADERS, 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(body), ...headers });
  response.end(body);
}

/** Sends JSON. */
export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, 'application/json; charset=utf-8', JSON.stringify(value));
}

/** Sends a fault as RFC 9457 problem details; anything that is not the caller's fault is `500` without detail. */
export function sendFault(response: ServerResponse, error: unknown): void {
  const fault = error instanceof RequestFault ? error : new RequestFault(500, 'the sandbox failed');
  if (response.headersSent) return void response.destroy();
  const body = { type: 'about:blank', title: TITLES[fault.status] ?? 'Error', status: fault.status, detail: fault.message, ...(fault.errors.length > 0 && { errors: fault.errors }) };
  send(response, fault.status, 'application/problem+json; charset=utf-8', JSON.stringify(body), fault.status === 413 ? { Connection: 'close' } : {});
}

/** Reads a JSON body of at most 1 MiB; undefined when there is none. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let octets = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    octets += chunk.length;
    if (octets > MAX_BODY_OCTETS) throw new RequestFault(413, `the body is larger than ${MAX_BODY_OCTETS} octets`);
    chunks.push(chunk);
  }
  if (octets === 0) return undefined;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
  } catch {
    throw new RequestFault(400, 'the body is not JSON in UTF-8');
  }
}

/** A whole number of the query string within bounds. */
export function integerParameter(query: URLSearchParams, name: string, fallback: number, max: number): number {
  const text = query.get(name);
  if (text === null) return fallback;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > max) throw new RequestFault(400, `${name} is a whole number from 1 to ${max}`, [{ pointer: `?${name}`, message: `not a whole number from 1 to ${max}` }]);
  return value;
}
