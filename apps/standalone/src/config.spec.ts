import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { embeddedVariables, standaloneConfig } from './config.js';

test('the offset shifts every port, and the sandbox is the Internet unless the environment says otherwise', () => {
  const variables = embeddedVariables({ NEXORA_PORT_OFFSET: '100', NEXORA_DATA_DIR: '/data' });
  expect(standaloneConfig(variables)).toEqual({ dataDir: '/data', postgresPort: 5533, metricsPort: 9564, testClock: false });
  expect(variables).toMatchObject({ NEXORA_DNS_SERVERS: '127.0.0.1:8153', NEXORA_MX_PORT: '2700', NEXORA_MX_ALLOW_LOOPBACK: 'true', NEXORA_MX_CA_FILE: resolve('/data/sandbox-ca.pem') });
  expect(embeddedVariables({ NEXORA_MX_PORT: '25' })['NEXORA_MX_PORT']).toBe('25');
});

test('sec-A72: the test clock is refused in production', () => {
  expect(() => standaloneConfig({ NEXORA_TEST_CLOCK: 'true', NODE_ENV: 'production' })).toThrow('NEXORA_TEST_CLOCK');
  expect(standaloneConfig({ NEXORA_TEST_CLOCK: 'true' }).testClock).toBe(true);
});
