import { expect, test } from '@jest/globals';
import { readConfig } from './config.js';

test('loopback is a target in the embedded default only, unless it is said', () => {
  expect(readConfig({ env: 'embedded', variables: {} }).allowLoopback).toBe(true);
  expect(readConfig({ env: 'cluster', variables: {} }).allowLoopback).toBe(false);
  expect(readConfig({ env: 'embedded', variables: { WEBHOOKS_ALLOW_LOOPBACK: 'false' } }).allowLoopback).toBe(false);
  expect(readConfig({ env: 'cluster', variables: { WEBHOOKS_ALLOW_LOOPBACK: 'true' } }).allowLoopback).toBe(true);
});

test('lists are read from their texts; a wrong flag is named without its value', () => {
  expect(readConfig({ env: 'cluster', variables: { WEBHOOKS_DENY_ADDRESSES: '203.0.114.7, 2001:db9::/48', WEBHOOKS_DNS_SERVERS: '127.0.0.1:8053' } }))
    .toMatchObject({ deny: ['203.0.114.7', '2001:db9::/48'], dnsServers: ['127.0.0.1:8053'] });
  expect(() => readConfig({ env: 'cluster', variables: { WEBHOOKS_ALLOW_LOOPBACK: 'perhaps' } })).toThrow(/^(?!.*perhaps).*WEBHOOKS_ALLOW_LOOPBACK/);
});
