import { expect, test } from '@jest/globals';
import { parseConfig } from '@nexoramail/platform';
import { ComplianceVariables } from './config.js';

test('name servers are a list; without one the system\'s are used', () => {
  expect(parseConfig(ComplianceVariables, { NEXORA_DNS_SERVERS: '127.0.0.1:8053, 9.9.9.9' }).NEXORA_DNS_SERVERS).toEqual(['127.0.0.1:8053', '9.9.9.9']);
  expect(parseConfig(ComplianceVariables, {})).toMatchObject({ NEXORA_DNS_SERVERS: [], NEXORA_RETURN_PATH_HOST: 'returns.sandbox.test', NEXORA_COMPLIANCE_POOL_SIZE: 4 });
});

test('a wrong variable is named, its value is not', () => {
  expect(() => parseConfig(ComplianceVariables, { NEXORA_COMPLIANCE_POOL_SIZE: 'secret' })).toThrow(/^(?!.*secret).*NEXORA_COMPLIANCE_POOL_SIZE/);
});
