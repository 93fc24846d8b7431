import type { AccountsService, ApiKey, ApiKeysService, StandingsService } from '@nexoramail/contracts';
import { API_SCOPES, AppError, publicId } from '@nexoramail/kernel';
import { Type } from '@sinclair/typebox';
import { scopeOf } from '../auth/caller.js';
import { defineOperation, type Operation } from '../http/operation.js';
import { pageJson, pageRequest, timeJson } from './page.js';
import { uuidOf } from './parse-id.js';
import { ApiKeySchema, IdParams, NoQuery, PageQuery, pageOf, withSecret } from './schemas.js';

function keyJson(key: ApiKey | undefined): object {
  if (!key) throw new Error('accounts answered without a key');
  const { id, name, mode, prefix, scopes, createdAt, lastUsedAt, expiresAt, revokedAt } = key;
  return { id: publicId('key', id), name, mode, prefix, scopes, created_at: timeJson(createdAt), last_used_at: timeJson(lastUsedAt), expires_at: timeJson(expiresAt), revoked_at: timeJson(revokedAt) };
}

/** `/v1/me`, `/v1/usage`, `/v1/standing` and `/v1/api_keys`. */
export function accountRoutes(accounts: AccountsService, keys: ApiKeysService, standings: Pick<StandingsService, 'getStandings'>): Operation[] {
  const time = Type.String({ format: 'date-time' });
  return [
    defineOperation({
      id: 'getMe', method: 'GET', path: '/v1/me', tag: 'Account', scope: 'account:read', summary: 'Who is asking: account, plan, mode, scopes', query: NoQuery,
      answers: { 200: { description: 'The caller', schema: Type.Object({ account: Type.Object({ id: Type.String(), name: Type.String(), plan: Type.String(), default_category: Type.Union([Type.String(), Type.Null()]) }), mode: Type.String(), scopes: Type.Array(Type.String()), key_id: Type.Union([Type.String(), Type.Null()]) }) } },
      handler: async ({ caller }) => {
        const account = await accounts.getAccount({ accountId: caller.accountId });
        const { name, plan, defaultCategory } = account;
        return {
          status: 200,
          body: { account: { id: publicId('acc', caller.accountId), name, plan, default_category: defaultCategory || null }, mode: caller.mode, scopes: [...caller.scopes], key_id: caller.kind === 'key' ? publicId('key', caller.credentialId) : null },
        };
      },
    }),
    defineOperation({
      id: 'getUsage', method: 'GET', path: '/v1/usage', tag: 'Account', scope: 'account:read', summary: 'Recipients used and allowed in this period', query: NoQuery,
      answers: { 200: { description: 'Usage, up to 10 s old', schema: Type.Object({ plan: Type.String(), used: Type.Integer(), limit: Type.Integer(), period_start: time, period_end: time }) } },
      handler: async ({ caller }) => {
        const usage = await accounts.getUsage({ scope: scopeOf(caller) });
        return { status: 200, body: { plan: caller.plan, used: Number(usage.used), limit: Number(usage.limit), period_start: timeJson(usage.periodStart), period_end: timeJson(usage.periodEnd) } };
      },
    }),
    defineOperation({
      id: 'getStanding', method: 'GET', path: '/v1/standing', tag: 'Account', scope: 'account:read', summary: "The account's standing", query: NoQuery,
      answers: { 200: { description: 'What the account may do, and why', schema: Type.Object({ standing: Type.String(), reason: Type.Union([Type.String(), Type.Null()]), changed_at: Type.Union([time, Type.Null()]) }) } },
      handler: async ({ caller }) => {
        const [first] = (await standings.getStandings({ accountIds: [caller.accountId] })).results;
        if (first?.result?.$case !== 'ok') throw new AppError('temporarily_unavailable', 'The standing cannot be read at the moment. Repeat the request.');
        const { standing, reason, changedAt } = first.result.ok;
        return { status: 200, body: { standing, reason: reason || null, changed_at: timeJson(changedAt) } };
      },
    }),
    defineOperation({
      id: 'createApiKey', method: 'POST', path: '/v1/api_keys', tag: 'API keys', scope: 'api_keys:write', summary: 'Make an API key', query: NoQuery,
      body: Type.Object({
        name: Type.String({ minLength: 1, maxLength: 100 }),
        mode: Type.Optional(Type.Union([Type.Literal('live'), Type.Literal('test')], { description: '`live` or `test`' })),
        scopes: Type.Optional(Type.Array(Type.String({ enum: [...API_SCOPES] }), { minItems: 1, maxItems: API_SCOPES.length })),
        expires_at: Type.Optional(Type.String({ format: 'date-time', description: 'a time of RFC 3339' })),
      }, { additionalProperties: false }),
      example: { name: 'production shop', mode: 'live', scopes: ['emails:send'] },
      answers: { 201: { description: 'The key with its secret, shown once', schema: withSecret(ApiKeySchema) } },
      handler: async ({ body, caller }) => {
        const beyond = (body.scopes ?? API_SCOPES).filter((scope) => !([...caller.scopes] as string[]).includes(scope));
        if (caller.kind === 'key' && beyond.length > 0) throw new AppError('insufficient_scope', `A key cannot make one that may do more than itself: ${beyond.join(', ')}.`);
        const { key, secret } = await keys.createApiKey({ accountId: caller.accountId, mode: body.mode ?? caller.mode, name: body.name, scopes: body.scopes ?? [], expiresAt: body.expires_at === undefined ? undefined : new Date(body.expires_at) });
        return { status: 201, body: { ...keyJson(key), secret } };
      },
    }),
    defineOperation({
      id: 'listApiKeys', method: 'GET', path: '/v1/api_keys', tag: 'API keys', scope: 'api_keys:read', summary: 'List API keys, newest first', query: PageQuery,
      answers: { 200: { description: 'A page of keys', schema: pageOf(ApiKeySchema) } },
      handler: async ({ query, caller }) => {
        const answer = await keys.listApiKeys({ accountId: caller.accountId, page: pageRequest(query) });
        return { status: 200, body: pageJson(answer.keys.map(keyJson), answer.page) };
      },
    }),
    defineOperation({
      id: 'getApiKey', method: 'GET', path: '/v1/api_keys/:id', tag: 'API keys', scope: 'api_keys:read', summary: 'An API key', params: IdParams, query: NoQuery,
      answers: { 200: { description: 'The key', schema: ApiKeySchema } },
      handler: async ({ params, caller }) => ({ status: 200, body: keyJson((await keys.getApiKey({ accountId: caller.accountId, keyId: uuidOf('key', params.id) })).key) }),
    }),
    defineOperation({
      id: 'revokeApiKey', method: 'DELETE', path: '/v1/api_keys/:id', tag: 'API keys', scope: 'api_keys:write', summary: 'Revoke an API key', description: 'Dead at every door within 5 seconds.', params: IdParams, query: NoQuery,
      answers: { 204: { description: 'It is revoked' } },
      handler: async ({ params, caller }) => {
        await keys.revokeApiKey({ accountId: caller.accountId, keyId: uuidOf('key', params.id) });
        return { status: 204 };
      },
    }),
  ];
}
