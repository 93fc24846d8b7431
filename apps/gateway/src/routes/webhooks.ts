import type { Endpoint, EndpointsService } from '@nexoramail/contracts';
import { publicId } from '@nexoramail/kernel';
import { Type } from '@sinclair/typebox';
import { scopeOf } from '../auth/caller.js';
import { defineOperation, type Operation } from '../http/operation.js';
import { pageJson, pageRequest, textJson, timeJson } from './page.js';
import { uuidOf } from './parse-id.js';
import { EndpointSchema, IdParams, NoQuery, PageQuery, pageOf, withSecret } from './schemas.js';

const Url = Type.String({ minLength: 1, maxLength: 2000 });
const Events = Type.Array(Type.String({ minLength: 1, maxLength: 60 }), { minItems: 1, maxItems: 60 });
const Description = Type.String({ maxLength: 500 });

function endpointJson(endpoint: Endpoint | undefined): object {
  if (!endpoint) throw new Error('webhooks answered without an endpoint');
  const { url, events, status, description, statusReason, createdAt, id } = endpoint;
  return { id: publicId('whk', id), url, events, description: textJson(description), status, status_reason: textJson(statusReason), created_at: timeJson(createdAt) };
}

/** `/v1/webhooks`: endpoints of Standard Webhooks 1.0. */
export function webhookRoutes(endpoints: EndpointsService): Operation[] {
  const base = { tag: 'Webhooks', query: NoQuery } as const;
  const one = { 200: { description: 'The endpoint', schema: EndpointSchema } };
  return [
    defineOperation({
      ...base, id: 'createWebhook', method: 'POST', path: '/v1/webhooks', scope: 'webhooks:write', summary: 'Add a webhook endpoint',
      body: Type.Object({ url: Url, events: Events, description: Type.Optional(Description) }, { additionalProperties: false }), example: { url: 'https://acme.example/hooks/nexora', events: ['email.delivered', 'email.bounced'] },
      answers: { 201: { description: 'The endpoint with its secret, shown once', schema: withSecret(EndpointSchema) } },
      handler: async ({ body, caller }) => {
        const { endpoint, secret } = await endpoints.createEndpoint({ scope: scopeOf(caller), url: body.url, events: body.events, description: body.description ?? '' });
        return { status: 201, body: { ...endpointJson(endpoint), secret } };
      },
    }),
    defineOperation({
      ...base, id: 'listWebhooks', method: 'GET', path: '/v1/webhooks', scope: 'webhooks:read', summary: 'List endpoints, newest first', query: PageQuery,
      answers: { 200: { description: 'A page of endpoints', schema: pageOf(EndpointSchema) } },
      handler: async ({ query, caller }) => {
        const answer = await endpoints.listEndpoints({ scope: scopeOf(caller), page: pageRequest(query) });
        return { status: 200, body: pageJson(answer.endpoints.map(endpointJson), answer.page) };
      },
    }),
    defineOperation({
      ...base, id: 'getWebhook', method: 'GET', path: '/v1/webhooks/:id', scope: 'webhooks:read', summary: 'An endpoint', params: IdParams, answers: one,
      handler: async ({ params, caller }) => ({ status: 200, body: endpointJson((await endpoints.getEndpoint({ scope: scopeOf(caller), endpointId: uuidOf('whk', params.id) })).endpoint) }),
    }),
    defineOperation({
      ...base, id: 'updateWebhook', method: 'PATCH', path: '/v1/webhooks/:id', scope: 'webhooks:write', summary: 'Change an endpoint', params: IdParams, answers: one,
      body: Type.Object({ url: Type.Optional(Url), events: Type.Optional(Events), description: Type.Optional(Description) }, { additionalProperties: false, minProperties: 1 }), example: { events: ['*'] },
      handler: async ({ params, body, caller }) => {
        const { endpoint } = await endpoints.updateEndpoint({ scope: scopeOf(caller), endpointId: uuidOf('whk', params.id), url: body.url, events: body.events ?? [], description: body.description });
        return { status: 200, body: endpointJson(endpoint) };
      },
    }),
    defineOperation({
      ...base, id: 'deleteWebhook', method: 'DELETE', path: '/v1/webhooks/:id', scope: 'webhooks:write', summary: 'Remove an endpoint', params: IdParams, answers: { 204: { description: 'It is gone' } },
      handler: async ({ params, caller }) => {
        await endpoints.deleteEndpoint({ scope: scopeOf(caller), endpointId: uuidOf('whk', params.id) });
        return { status: 204 };
      },
    }),
    defineOperation({
      ...base, id: 'rotateWebhookSecret', method: 'POST', path: '/v1/webhooks/:id/rotate', scope: 'webhooks:write', summary: 'Make a new secret', params: IdParams,
      description: 'The old secret signs along for 24 hours.',
      answers: { 200: { description: 'The endpoint with its new secret', schema: withSecret(EndpointSchema) } },
      handler: async ({ params, caller }) => {
        const { endpoint, secret, oldSecretUntil } = await endpoints.rotateSecret({ scope: scopeOf(caller), endpointId: uuidOf('whk', params.id) });
        return { status: 200, body: { ...endpointJson(endpoint), secret, old_secret_until: timeJson(oldSecretUntil) } };
      },
    }),
    defineOperation({
      ...base, id: 'testWebhook', method: 'POST', path: '/v1/webhooks/:id/test', scope: 'webhooks:write', summary: 'Post a test event', params: IdParams,
      answers: { 202: { description: 'Queued', schema: Type.Object({ event_id: Type.String() }) } },
      handler: async ({ params, caller }) => ({ status: 202, body: { event_id: (await endpoints.testEndpoint({ scope: scopeOf(caller), endpointId: uuidOf('whk', params.id) })).eventId } }),
    }),
    defineOperation({
      ...base, id: 'enableWebhook', method: 'POST', path: '/v1/webhooks/:id/enable', scope: 'webhooks:write', summary: 'Make a paused or disabled endpoint active', params: IdParams, answers: one,
      handler: async ({ params, caller }) => ({ status: 200, body: endpointJson((await endpoints.enableEndpoint({ scope: scopeOf(caller), endpointId: uuidOf('whk', params.id) })).endpoint) }),
    }),
    defineOperation({
      ...base, id: 'listWebhookAttempts', method: 'GET', path: '/v1/webhooks/:id/attempts', scope: 'webhooks:read', summary: 'Posts to an endpoint, newest first', params: IdParams, query: PageQuery,
      answers: {
        200: {
          description: 'A page of posts',
          schema: pageOf(Type.Object({
            id: Type.String(), event_id: Type.String(), event_type: Type.String(), n: Type.Integer(), at: Type.String({ format: 'date-time' }), status: Type.Union([Type.Integer(), Type.Null()]), duration_ms: Type.Integer(),
            error: Type.Optional(Type.String()), response_head: Type.String(), next_attempt_at: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
          })),
        },
      },
      handler: async ({ params, query, caller }) => {
        const { attempts, page } = await endpoints.listEndpointAttempts({ scope: scopeOf(caller), endpointId: uuidOf('whk', params.id), page: pageRequest(query) });
        const data = attempts.map(({ id, eventId, eventType, n, at, status, durationMs, error, responseHead, nextAttemptAt }) => ({
          id: publicId('att', id), event_id: eventId, event_type: eventType, n, at: timeJson(at), status: status === 0 ? null : status, duration_ms: durationMs, ...(error !== '' && { error }),
          response_head: responseHead, next_attempt_at: timeJson(nextAttemptAt),
        }));
        return { status: 200, body: pageJson(data, page) };
      },
    }),
  ];
}
