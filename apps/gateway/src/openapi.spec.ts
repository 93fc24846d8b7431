import { expect, test } from '@jest/globals';
import { API_SCOPES } from '@nexoramail/kernel';
import { testRuntime } from '@nexoramail/platform/testing';
import { gatewayOperations } from './gateway.module.js';
import { compileSchema } from './http/validation.js';
import { openApiDocument } from './openapi.js';

const operations = gatewayOperations(testRuntime());
const document = openApiDocument(operations, 'https://api.example') as { openapi: string; paths: Record<string, Record<string, { operationId: string; parameters: { name: string; in: string; required: boolean }[]; responses: object }>> };

test('every operation has an id, a scope of the list and a path under /v1', () => {
  expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
  for (const { id, path, scope } of operations) expect([id, path.startsWith('/v1/'), API_SCOPES.includes(scope)]).toEqual([id, true, true]);
});

test('every operation with a body shows an example that its own check takes', () => {
  for (const { id, body, example } of operations) {
    if (!body) continue;
    expect([id, example]).toEqual([id, expect.anything()]);
    expect(() => compileSchema(body, 'body')(example)).not.toThrow();
  }
});

test('the document has every operation, its path parameters required and its refusals named', () => {
  const listed = Object.values(document.paths).flatMap((methods) => Object.values(methods));
  expect(document.openapi).toBe('3.1.0');
  expect(listed.map(({ operationId }) => operationId).sort()).toEqual(operations.map(({ id }) => id).sort());
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const { operationId, parameters, responses } of Object.values(methods)) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect([operationId, parameters.filter((parameter) => parameter.in === 'path').map(({ name, required }) => [name, required])]).toEqual([operationId, named.map((name) => [name, true])]);
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(['401', '404', '422', '429', '503']));
    }
  }
});
