import { readFileSync } from 'node:fs';
import { afterEach, expect, it } from '@jest/globals';
import { ConfigError } from '@nexoramail/platform';
import { testRuntime } from '@nexoramail/platform/testing';
import { readConfig, start, type RunningSandbox } from './index.js';

const runtime = testRuntime({ variables: { NEXORA_SANDBOX_SMTP_PORT: '0', NEXORA_SANDBOX_HTTP_PORT: '0', NEXORA_SANDBOX_DNS_PORT: '0' } });
let running: RunningSandbox | undefined;

afterEach(async () => {
  await running?.stop();
  running = undefined;
});

it('starts on the runtime: business time, published records, a certificate authority on disk, a clean stop', async () => {
  running = await start(runtime);
  running.publish('k._domainkey.shop.example', 'TXT', ['v=DKIM1']);
  expect(running.sandbox.zone.published()).toEqual([{ name: 'k._domainkey.shop.example', type: 'TXT', values: ['v=DKIM1'], ttl: 5 }]);
  expect(() => running?.publish('x.example', 'SRV', [])).toThrow('not a record type: SRV');
  expect(readFileSync(running.caFile, 'utf8')).toMatch(/^-----BEGIN CERTIFICATE-----\n/);
  expect(await (await fetch(new URL('/healthz', running.httpUrl))).json()).toEqual({ status: 'ok' });
  const { httpUrl } = running;
  await Promise.all([running.stop(), running.stop()]);
  await expect(fetch(httpUrl)).rejects.toThrow();
});

it('has the ports of the interface, shifted by the offset', () => {
  expect(readConfig({})).toEqual({ host: '127.0.0.1', smtpPort: 2600, httpPort: 8025, dnsPort: 8053, reports: { host: '127.0.0.1', port: 2526 } });
  expect(readConfig({ NEXORA_PORT_OFFSET: '100', NEXORA_SANDBOX_DNS_PORT: '9000', NEXORA_SANDBOX_HTTP_PORT: '0' })).toMatchObject({ smtpPort: 2700, httpPort: 0, dnsPort: 9100, reports: { port: 2626 } });
  expect(readConfig({ NEXORA_SANDBOX_REPORTS: '[::1]:2525' }).reports).toEqual({ host: '::1', port: 2525 });
});

it('is open to loopback only unless told otherwise', () => {
  expect(() => readConfig({ NEXORA_SANDBOX_HOST: '0.0.0.0' })).toThrow(ConfigError);
  expect(readConfig({ NEXORA_SANDBOX_HOST: '0.0.0.0', NEXORA_SANDBOX_OPEN: 'true' }).host).toBe('0.0.0.0');
});
