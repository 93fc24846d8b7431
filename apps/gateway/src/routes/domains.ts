import type { Domain, DomainsService } from '@nexoramail/contracts';
import { publicId } from '@nexoramail/kernel';
import { Type } from '@sinclair/typebox';
import { scopeOf } from '../auth/caller.js';
import { defineOperation, type Operation } from '../http/operation.js';
import { pageJson, pageRequest, textJson, timeJson } from './page.js';
import { uuidOf } from './parse-id.js';
import { DomainSchema, IdParams, NoQuery, PageQuery, pageOf } from './schemas.js';

function domainJson(domain: Domain | undefined): object {
  if (!domain) throw new Error('compliance answered without a domain');
  return {
    id: publicId('dom', domain.id), name: domain.name, status: domain.status, created_at: timeJson(domain.createdAt), verified_at: timeJson(domain.verifiedAt),
    records: domain.records.map(({ purpose, type, host, value, required, status, seen, checkedAt, fix }) => ({ purpose, type, host, value, required, status, seen, checked_at: timeJson(checkedAt), fix: textJson(fix) })),
  };
}

/** `/v1/domains`: sender domains and the DNS records that they need. */
export function domainRoutes(domains: DomainsService): Operation[] {
  const one = { 200: { description: 'The domain', schema: DomainSchema } };
  return [
    defineOperation({
      id: 'createDomain', method: 'POST', path: '/v1/domains', tag: 'Domains', scope: 'domains:write', summary: 'Add a sender domain', query: NoQuery,
      body: Type.Object({ name: Type.String({ minLength: 1, maxLength: 255 }) }, { additionalProperties: false }), example: { name: 'mail.acme.example' },
      answers: { 201: { description: 'The domain with the records to publish', schema: DomainSchema } },
      handler: async ({ body, caller }) => ({ status: 201, body: domainJson((await domains.createDomain({ scope: scopeOf(caller), name: body.name })).domain) }),
    }),
    defineOperation({
      id: 'listDomains', method: 'GET', path: '/v1/domains', tag: 'Domains', scope: 'domains:read', summary: 'List sender domains, newest first', query: PageQuery,
      answers: { 200: { description: 'A page of domains', schema: pageOf(DomainSchema) } },
      handler: async ({ query, caller }) => {
        const answer = await domains.listDomains({ scope: scopeOf(caller), page: pageRequest(query) });
        return { status: 200, body: pageJson(answer.domains.map(domainJson), answer.page) };
      },
    }),
    defineOperation({
      id: 'getDomain', method: 'GET', path: '/v1/domains/:id', tag: 'Domains', scope: 'domains:read', summary: 'A domain and what its records look like', params: IdParams, query: NoQuery, answers: one,
      handler: async ({ params, caller }) => ({ status: 200, body: domainJson((await domains.getDomain({ scope: scopeOf(caller), domainId: uuidOf('dom', params.id) })).domain) }),
    }),
    defineOperation({
      id: 'verifyDomain', method: 'POST', path: '/v1/domains/:id/verify', tag: 'Domains', scope: 'domains:write', summary: "Check a domain's records now", params: IdParams, query: NoQuery, answers: one,
      handler: async ({ params, caller }) => ({ status: 200, body: domainJson((await domains.verifyDomain({ scope: scopeOf(caller), domainId: uuidOf('dom', params.id) })).domain) }),
    }),
    defineOperation({
      id: 'deleteDomain', method: 'DELETE', path: '/v1/domains/:id', tag: 'Domains', scope: 'domains:write', summary: 'Remove a domain', params: IdParams, query: NoQuery,
      answers: { 204: { description: 'It is gone' } },
      handler: async ({ params, caller }) => {
        await domains.deleteDomain({ scope: scopeOf(caller), domainId: uuidOf('dom', params.id) });
        return { status: 204 };
      },
    }),
  ];
}
