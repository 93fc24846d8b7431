import { ERROR_CODES } from '@nexoramail/kernel';
import type { TObject, TSchema } from '@sinclair/typebox';
import type { Operation } from './http/operation.js';

const PROBLEM = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'request_id', 'retryable'],
  properties: {
    type: { type: 'string', format: 'uri' }, title: { type: 'string' }, status: { type: 'integer' }, detail: { type: 'string' }, code: { type: 'string', enum: Object.keys(ERROR_CODES) }, request_id: { type: 'string' }, retryable: { type: 'boolean' },
    errors: { type: 'array', items: { type: 'object', required: ['pointer', 'code', 'message'], properties: { pointer: { type: 'string' }, code: { type: 'string' }, message: { type: 'string' } } } },
  },
} as const;

const COMMON_REFUSALS = [400, 401, 403, 404, 422, 429, 503];
const plain = (schema: TSchema): unknown => JSON.parse(JSON.stringify(schema)) as unknown;

function parameters(where: 'path' | 'query', schema: TObject | undefined): object[] {
  return Object.entries(schema?.properties ?? {}).map(([name, property]) => ({
    name, in: where, required: where === 'path' || (schema?.required ?? []).includes(name), schema: plain(property),
    ...(name === 'metadata' && { style: 'deepObject', explode: true }),
  }));
}

function contentOf(status: number, schema: TSchema | undefined): object {
  if (status >= 400) return { content: { 'application/problem+json': { schema: PROBLEM } } };
  return schema ? { content: { 'application/json': { schema: plain(schema) } } } : {};
}

function operationObject(operation: Operation): object {
  const answers = Object.entries(operation.answers).map(([status, { description, schema }]) => [status, { description, ...contentOf(Number(status), schema) }]);
  const refusals = COMMON_REFUSALS.map((status) => [String(status), { $ref: '#/components/responses/Problem' }]);
  return {
    operationId: operation.id, summary: operation.summary, tags: [operation.tag], ...(operation.description && { description: operation.description }),
    'x-scope': operation.scope,
    parameters: [
      ...parameters('path', operation.params),
      ...parameters('query', operation.query),
      ...(operation.idempotencyKey ? [{ name: 'Idempotency-Key', in: 'header', required: false, description: 'Repeats of the request within 24 h get the first answer.', schema: { type: 'string', minLength: 1, maxLength: 255 } }] : []),
    ],
    ...(operation.body && { requestBody: { required: true, content: { 'application/json': { schema: plain(operation.shownBody ?? operation.body), ...(operation.example !== undefined && { example: operation.example }) } } } }),
    responses: Object.fromEntries([...refusals, ...answers]) as object,
  };
}

/** The OpenAPI 3.1 document of the operations: the same schemas that check the requests. */
export function openApiDocument(operations: readonly Operation[], apiUrl: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operations) {
    const path = operation.path.replaceAll(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[operation.method.toLowerCase()] = operationObject(operation);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'NexoraMail', version: '1', description: 'Transactional e-mail: send a message, and know what became of it.' },
    servers: [{ url: apiUrl }],
    security: [{ apiKey: [] }],
    paths,
    components: {
      securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: 'An API key, `nxm_live_…` or `nxm_test_…`.' } },
      responses: { Problem: { description: 'A refusal (RFC 9457)', content: { 'application/problem+json': { schema: PROBLEM } } } },
    },
  };
}
