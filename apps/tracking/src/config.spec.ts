import { expect, test } from '@jest/globals';
import { readConfig } from './config.js';

test('listens on 8081 of loopback, shifted by the offset', () => {
  expect(readConfig({}).http).toEqual({ host: '127.0.0.1', port: 8081 });
  expect(readConfig({ NEXORA_PORT_OFFSET: '100' }).http.port).toBe(8181);
  expect(readConfig({ NEXORA_TRACKING_PORT: '9000', NEXORA_PORT_OFFSET: '1' }).http.port).toBe(9001);
});

test('refuses plain HTTP on other addresses, unless TLS ends before it', () => {
  expect(() => readConfig({ NEXORA_TRACKING_HOST: '0.0.0.0' })).toThrow(/NEXORA_TRACKING_HOST/);
  expect(readConfig({ NEXORA_TRACKING_HOST: '0.0.0.0', NEXORA_BEHIND_TLS_PROXY: 'true' }).http.host).toBe('0.0.0.0');
});
