import type { Suppression, SuppressionsService } from '@nexoramail/contracts';
import { publicId } from '@nexoramail/kernel';
import { parseAddress } from '@nexoramail/mail';
import { Type } from '@sinclair/typebox';
import { scopeOf } from '../auth/caller.js';
import { defineOperation, type Operation } from '../http/operation.js';
import { pageJson, pageRequest, textJson, timeJson } from './page.js';
import { NoQuery, PageQuery, pageOf, SuppressionSchema } from './schemas.js';

const AddressParams = Type.Object({ address: Type.String({ minLength: 1, maxLength: 1000 }) });
const addressOf = (text: string): string => parseAddress(text, { pointer: '/address' }).email;

function suppressionJson(entry: Suppression | undefined): object {
  if (!entry) throw new Error('compliance answered without a suppression');
  return {
    id: publicId('sup', entry.id), address: entry.address, scope: entry.scope, category: textJson(entry.category), reason: entry.reason, locked: entry.locked, note: textJson(entry.note),
    source_event_id: textJson(entry.sourceEventId), created_at: timeJson(entry.createdAt), expires_at: timeJson(entry.expiresAt),
  };
}

/** `/v1/suppressions`: addresses that must not be mailed. */
export function suppressionRoutes(suppressions: SuppressionsService): Operation[] {
  return [
    defineOperation({
      id: 'addSuppression', method: 'POST', path: '/v1/suppressions', tag: 'Suppressions', scope: 'suppressions:write', summary: 'Suppress an address', query: NoQuery,
      description: 'In force for sends that begin one second later.',
      body: Type.Object({
        address: Type.String({ minLength: 3, maxLength: 320 }), scope: Type.Optional(Type.Union([Type.Literal('account'), Type.Literal('category')], { description: '`account` (the default) or `category`' })),
        category: Type.Optional(Type.String({ maxLength: 100 })), note: Type.Optional(Type.String({ maxLength: 500 })), expires_at: Type.Optional(Type.String({ format: 'date-time', description: 'a time of RFC 3339' })),
      }, { additionalProperties: false }),
      example: { address: 'ann@shop.example', scope: 'account', note: 'asked by phone' },
      answers: { 201: { description: 'The entry that now holds', schema: SuppressionSchema } },
      handler: async ({ body, caller }) => {
        const { suppression } = await suppressions.addSuppression({
          scope: scopeOf(caller), address: addressOf(body.address), suppressionScope: body.scope ?? 'account', category: body.category ?? '', note: body.note ?? '',
          expiresAt: body.expires_at === undefined ? undefined : new Date(body.expires_at),
        });
        return { status: 201, body: suppressionJson(suppression) };
      },
    }),
    defineOperation({
      id: 'listSuppressions', method: 'GET', path: '/v1/suppressions', tag: 'Suppressions', scope: 'suppressions:read', summary: 'List suppressed addresses, newest first',
      query: Type.Composite([PageQuery, Type.Object({ reason: Type.Optional(Type.String({ maxLength: 30 })) })], { additionalProperties: false }),
      answers: { 200: { description: 'A page of entries', schema: pageOf(SuppressionSchema) } },
      handler: async ({ query, caller }) => {
        const answer = await suppressions.listSuppressions({ scope: scopeOf(caller), page: pageRequest(query), reason: query.reason ?? '' });
        return { status: 200, body: pageJson(answer.suppressions.map(suppressionJson), answer.page) };
      },
    }),
    defineOperation({
      id: 'getSuppression', method: 'GET', path: '/v1/suppressions/:address', tag: 'Suppressions', scope: 'suppressions:read', summary: 'Whether and why an address is suppressed',
      params: AddressParams, query: NoQuery, answers: { 200: { description: 'The entry', schema: SuppressionSchema } },
      handler: async ({ params, caller }) => ({ status: 200, body: suppressionJson((await suppressions.getSuppression({ scope: scopeOf(caller), address: addressOf(params.address) })).suppression) }),
    }),
    defineOperation({
      id: 'liftSuppression', method: 'DELETE', path: '/v1/suppressions/:address', tag: 'Suppressions', scope: 'suppressions:write', summary: 'Lift a suppression',
      description: 'Complaints and unsubscribes are locked: only the recipient can undo them.',
      params: AddressParams, query: NoQuery, answers: { 204: { description: 'It is lifted' } },
      handler: async ({ params, caller }) => {
        await suppressions.liftSuppression({ scope: scopeOf(caller), address: addressOf(params.address) });
        return { status: 204 };
      },
    }),
  ];
}
