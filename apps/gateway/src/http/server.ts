import { AppError, toAppError, type IdSource } from '@nexoramail/kernel';
import { runAsCall, type Logger, type Telemetry } from '@nexoramail/platform';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Caller } from '../auth/caller.js';
import type { RateLimit, RateState } from '../auth/rate-limit.js';
import type { Operation } from './operation.js';
import { errorOf, headersOf, problemOf } from './problem.js';
import { parseQuery } from './query.js';
import { compileSchema } from './validation.js';

/** What the HTTP server is made of. */
export interface ServerParts {
  readonly operations: readonly Operation[];
  /** Who is calling a `/v1` route, by key or session; throws `unauthorized`. */
  readonly callerOf: (request: FastifyRequest) => Promise<Caller>;
  readonly rateLimit: RateLimit;
  readonly ids: IdSource;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  /** Origin of this API as customers see it, for problem types and the reference. */
  readonly apiUrl: () => string;
}

declare module 'fastify' {
  interface FastifyRequest {
    rawBody: Buffer | undefined;
  }
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const BODY_LIMIT = 262_144;
/** Longest answer: a poll of 25 s. */
const DEADLINE_MS = 30_000;

/** A Fastify server with the operations, problem+json for every refusal, request ids and limits against slow clients (`security.md` A58). */
export function createServer(parts: ServerParts): FastifyInstance {
  const server = fastify({
    logger: false,
    bodyLimit: BODY_LIMIT,
    connectionTimeout: 0,
    requestTimeout: 30_000,
    keepAliveTimeout: 72_000,
    // The size of the header is the limit; what a parameter may be is its schema's to say.
    routerOptions: { maxParamLength: 16_384, querystringParser: (text) => parseQuery(text) },
    genReqId: () => parts.ids.id('req'),
    http: { headersTimeout: 10_000, maxHeaderSize: 16_384 },
    forceCloseConnections: 'idle',
  });
  server.decorateRequest('rawBody', undefined);
  const routes = new RouteTable();
  server.addHook('onRoute', ({ method, url }) => routes.add(method, url));
  parseJsonBodies(server);
  server.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff');
    done();
  });
  // Fastify stumbles over methods that need a body of a type (QUERY) before it looks for the route.
  server.setErrorHandler((thrown, request, reply) => (METHODS.has(request.method) ? refuse(parts, thrown, request, reply) : nothingHere(request, reply)));
  const nothingHere = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const allowed = routes.methodsOf(request.url.split('?', 1)[0] ?? '/');
    if (allowed.length === 0 || allowed.includes(request.method)) return refuse(parts, new AppError('not_found', `There is no ${request.method} ${request.url.split('?', 1)[0]?.slice(0, 200)}. The reference is at /docs.`), request, reply);
    void reply.header('allow', allowed.join(', '));
    return refuse(parts, new AppError('method_not_allowed', `${request.method} is not allowed here; ${allowed.join(', ')} ${allowed.length > 1 ? 'are' : 'is'}.`), request, reply);
  };
  server.setNotFoundHandler(nothingHere);
  for (const operation of parts.operations) addOperation(server, operation, parts);
  return server;
}

/** Which methods a path knows, for `Allow`. The dashboard's wildcard is no path of the API. */
class RouteTable {
  private readonly routes: { readonly url: string; readonly methods: readonly string[]; readonly pattern: RegExp }[] = [];

  add(method: string | readonly string[], url: string): void {
    if (url.includes('*')) return;
    const pattern = new RegExp(`^${url.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll(/:\w+/g, '[^/]+')}/?$`);
    this.routes.push({ url, methods: typeof method === 'string' ? [method] : method, pattern });
  }

  /** As the router decides: a path of its own goes before one with a parameter in its place. */
  methodsOf(path: string): string[] {
    const own = this.routes.filter(({ url }) => url === path);
    return [...new Set((own.length > 0 ? own : this.routes.filter(({ pattern }) => pattern.test(path))).flatMap(({ methods }) => methods))].filter((method) => method !== 'HEAD');
  }
}

function parseJsonBodies(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const bytes = body as Buffer;
    request.rawBody = bytes;
    try {
      // A strict decoder: bytes that are no UTF-8 are refused, not replaced.
      const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
      done(null, text.trim() === '' ? undefined : withoutPrototypes(JSON.parse(text)));
    } catch (error) {
      done(error instanceof AppError ? error : new AppError('invalid_json', `The body could not be read as JSON in UTF-8: ${reason(error)}.`));
    }
  });
}

// Only the parser's own words: a message may quote the body.
const reason = (error: unknown): string => (error instanceof SyntaxError ? (/position \d+( \(line \d+ column \d+\))?/.exec(error.message)?.[0].replace(/^/, 'it breaks at ') ?? 'it ends too early or holds what JSON does not know') : 'its bytes are not UTF-8');

function withoutPrototypes(value: unknown): unknown {
  const open: unknown[] = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== 'object' || next === null) continue;
    if (Object.hasOwn(next, '__proto__') || (Object.hasOwn(next, 'constructor') && typeof (next as { constructor: unknown }).constructor === 'object')) {
      throw new AppError('invalid_json', 'The names `__proto__` and `constructor` are not taken as keys of objects.');
    }
    for (const child of Object.values(next)) if (child !== null && typeof child === 'object') open.push(child);
  }
  return value;
}

function addOperation(server: FastifyInstance, operation: Operation, parts: ServerParts): void {
  const checks = {
    params: operation.params && compileSchema(operation.params, 'params'),
    query: operation.query && compileSchema(operation.query, 'query'),
    body: operation.body && compileSchema(operation.body, 'body'),
  };
  const seconds = parts.telemetry.histogram('nexora_http_request_seconds', 'Time to answer an API request', [0.005, 0.02, 0.05, 0.1, 0.5, 1, 5, 30]);
  server.route({
    method: operation.method,
    url: operation.path,
    ...(operation.bodyLimit !== undefined && { bodyLimit: operation.bodyLimit }),
    onRequest: async (request, reply) => {
      const caller = await parts.callerOf(request);
      rateHeaders(reply, parts.rateLimit.take(caller.credentialId));
      if (!caller.scopes.has(operation.scope)) {
        const who = caller.kind === 'key' ? 'This API key' : 'Your role';
        throw new AppError('insufficient_scope', `${who} lacks the scope \`${operation.scope}\`, which ${operation.method} ${operation.path} needs.`);
      }
      callers.set(request, caller);
    },
    handler: async (request, reply) => {
      const began = performance.now();
      checks.params?.(request.params);
      checks.query?.(request.query);
      if (checks.body && request.body === undefined && request.rawBody === undefined) throw new AppError('invalid_json', 'The request needs a JSON body and `Content-Type: application/json`.');
      if (checks.body && request.body === undefined) throw new AppError('invalid_json', 'The body is empty; it must be a JSON object.');
      checks.body?.(request.body);
      const caller = callers.get(request);
      if (!caller) throw new Error('a route ran without its caller');
      const call = { accountId: caller.accountId, requestId: request.id, signal: hangUp(reply), deadlineMs: DEADLINE_MS };
      const answer = await runAsCall(call, () => operation.handler({
        params: request.params as Record<string, unknown>, query: request.query as Record<string, unknown>, body: request.body, rawBody: request.rawBody ?? Buffer.alloc(0),
        caller, requestId: request.id, headers: request.headers, source: request.ip,
      }));
      if (answer.headers) void reply.headers(answer.headers);
      seconds.observe((performance.now() - began) / 1000, { operation: operation.id, status: String(answer.status) });
      return reply.code(answer.status).send(answer.body);
    },
  });
}

const callers = new WeakMap<FastifyRequest, Caller>();

/** Aborts when the client hangs up before its answer: a long poll must not go on for nobody. A finished answer makes no abort: its error object costs more than the check. */
function hangUp(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  return controller.signal;
}

function rateHeaders(reply: FastifyReply, { limit, remaining, resetS }: RateState): void {
  void reply.header('ratelimit-limit', limit).header('ratelimit-remaining', remaining).header('ratelimit-reset', resetS);
}

function refuse(parts: ServerParts, thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = errorOf(thrown, (code) => frameworkError(code, request));
  const { http } = error.definition;
  if (http >= 500) parts.logger[error.code === 'internal' ? 'error' : 'warn']({ request_id: request.id, route: request.routeOptions.url, code: error.code, err: error.code === 'internal' ? toAppError(thrown).cause : undefined }, 'request failed');
  if (error.code === 'payload_too_large') void reply.header('connection', 'close');
  return reply.code(http).headers(headersOf(error)).type('application/problem+json').send(problemOf(error, request.id, parts.apiUrl()));
}

/** Fastify's own refusals in our codes. */
function frameworkError(code: string, request: FastifyRequest): AppError | undefined {
  switch (code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new AppError('unsupported_media_type', `The body must be sent as \`Content-Type: application/json\`, not \`${String(request.headers['content-type'] ?? 'without one').slice(0, 100)}\`.`);
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new AppError('payload_too_large', `The body ${request.headers['content-length'] === undefined ? 'is larger than' : `has ${request.headers['content-length']} bytes;`} ${request.routeOptions.bodyLimit ?? BODY_LIMIT} bytes are the most that this operation takes.`);
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new AppError('invalid_json', 'The body is empty; it must be a JSON object.');
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new AppError('invalid_json', 'The body does not have the length that Content-Length says.');
    case 'FST_ERR_BAD_URL':
      return new AppError('not_found', 'The path cannot be read: a percent sign must be followed by two hexadecimal digits.');
    default:
      return undefined;
  }
}
