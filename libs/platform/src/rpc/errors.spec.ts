import { Metadata, status, type ServiceError } from '@grpc/grpc-js';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AppError, ERROR_CODES, type ErrorCode } from '@nexoramail/kernel';
import { METHOD_POLICIES, policyOf } from './policies.js';
import * as contracts from '@nexoramail/contracts';
import { decodeError, encodeError, ERROR_KEY, fromItemError, fromServiceError, toItemError, toServiceError } from './errors.js';

const codes = Object.keys(ERROR_CODES) as ErrorCode[];
const anyError = fc.record({
  code: fc.constantFrom(...codes),
  message: fc.string({ unit: 'binary', maxLength: 200 }),
  errors: fc.array(fc.record({ pointer: fc.string(), code: fc.string(), message: fc.string({ unit: 'binary' }) }), { maxLength: 5 }),
  retryAfterS: fc.option(fc.integer({ min: 1, max: 1_000_000 }), { nil: undefined }),
}).map(({ code, message, errors, retryAfterS }) => new AppError(code, message, { errors, ...(retryAfterS !== undefined && { retryAfterS }) }));

const parts = ({ code, message, errors, retryAfterS }: AppError): object => ({ code, message, errors, retryAfterS });
const transport = (code: status, details: string): ServiceError => Object.assign(new Error(details), { code, details, metadata: new Metadata() });

describe('errors on the wire', () => {
  test('any AppError comes back as it was', () => {
    fc.assert(fc.property(anyError, (error) => {
      expect(parts(decodeError(encodeError(error)))).toEqual(parts(error));
      expect(parts(fromItemError(toItemError(error)))).toEqual(parts(error));
      expect(parts(fromServiceError(Object.assign(new Error(), toServiceError(error))))).toEqual(parts(error));
    }));
  });

  test('a code of a newer version is `internal`, with its detail', () => {
    expect(fromItemError({ code: 'invented_later', detail: 'what it says', errors: [], retryAfterS: 0 })).toMatchObject({ code: 'internal', message: 'what it says' });
    expect(fromItemError({ code: 'constructor', detail: '', errors: [], retryAfterS: 0 }).code).toBe('internal');
  });

  test('an error with very many faults still fits into headers', () => {
    const errors = Array.from({ length: 2_000 }, (_, i) => ({ pointer: `/emails/${i}/to`, code: 'malformed', message: 'x'.repeat(100) }));
    const bytes = encodeError(new AppError('validation_failed', 'y'.repeat(50_000), { errors }));
    expect(bytes.byteLength).toBeLessThanOrEqual(24_000);
    expect(decodeError(bytes).code).toBe('validation_failed');
    expect(decodeError(encodeError(new AppError('validation_failed', 'short', { errors }))).errors.length).toBeGreaterThan(50);
  });

  test('every code has a gRPC status of its kind', () => {
    const statusOf = (code: ErrorCode): status => toServiceError(new AppError(code, '')).code;
    expect(['unauthorized', 'not_found', 'rate_limited', 'temporarily_unavailable', 'internal', 'validation_failed', 'conflict'].map((code) => status[statusOf(code as ErrorCode)])).toEqual(
      ['UNAUTHENTICATED', 'NOT_FOUND', 'RESOURCE_EXHAUSTED', 'UNAVAILABLE', 'INTERNAL', 'INVALID_ARGUMENT', 'ABORTED'],
    );
    expect(codes.map(statusOf)).not.toContain(status.OK);
  });

  test('what the transport says never reaches a customer', () => {
    for (const code of [status.UNAVAILABLE, status.INTERNAL, status.UNKNOWN, status.UNIMPLEMENTED, status.DEADLINE_EXCEEDED, status.CANCELLED, status.RESOURCE_EXHAUSTED]) {
      expect(fromServiceError(transport(code, 'connect ECONNREFUSED 10.1.2.3:9000')).message).not.toContain('10.1.2.3');
    }
    expect(fromServiceError(transport(status.RESOURCE_EXHAUSTED, 'Received message larger than max (5 vs 4)')).code).toBe('payload_too_large');
    expect(fromServiceError(transport(status.INTERNAL, '')).code).toBe('internal');
    expect(toServiceError(new Error('hidden')).metadata.get(ERROR_KEY).toString()).not.toContain('hidden');
  });
});

describe('policies', () => {
  const paths = new Set(Object.values(contracts).flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value as object) : [])).flatMap((method: unknown) => (typeof method === 'object' && method !== null && 'path' in method ? [method.path] : [])));

  test('name rpcs that exist', () => {
    expect(paths.size).toBeGreaterThan(20);
    expect(Object.keys(METHOD_POLICIES).filter((path) => !paths.has(path))).toEqual([]);
  });

  test('reads may be repeated, changes only where the contract says so', () => {
    expect(policyOf('/nexora.compliance.v1.DomainsService/GetDomain')).toEqual({ deadlineMs: 5_000, idempotent: true, maxItems: 1_000 });
    expect(policyOf('/nexora.accounts.v1.ApiKeysService/CreateApiKey').idempotent).toBe(false);
    expect(policyOf('/nexora.dispatch.v1.SubmissionService/Submit')).toEqual({ deadlineMs: 5_000, idempotent: true, maxItems: 500 });
    expect(policyOf('/nexora.compliance.v1.ScreeningService/Screen')).toEqual({ deadlineMs: 2_000, idempotent: true, maxItems: 500 });
  });
});
