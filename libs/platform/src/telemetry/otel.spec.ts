import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AppError } from '@nexoramail/kernel';
import { runAsCall } from '../rpc/call-context.js';
import { MetricRegistry } from './metrics.js';
import { createTelemetry } from './otel.js';
import { LocalTelemetry } from './telemetry.js';

// A collector that keeps what it is sent. OTLP/protobuf is searched for names only: strings stand in it as they are.
let collector: Server;
const received: { path: string; body: Buffer }[] = [];
const environment = { ...process.env };
beforeAll(async () => {
  collector = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part)).on('end', () => {
      received.push({ path: request.url ?? '', body: Buffer.concat(parts) });
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  process.env = environment;
  await new Promise((resolve) => collector.close(resolve));
});

test('without an endpoint there are metrics, and spans cost nothing', async () => {
  const telemetry = await createTelemetry('test', {}, new MetricRegistry());
  expect(telemetry).toBeInstanceOf(LocalTelemetry);
  const work = Promise.resolve(5);
  expect(telemetry.span('x', {}, () => work)).toBe(work);
  expect(telemetry.traceparent()).toBeUndefined();
  await telemetry.stop();
});

test('with an endpoint spans and metrics arrive there, joined to the caller’s trace', async () => {
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  Object.assign(process.env, { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
  const registry = new MetricRegistry();
  registry.gauge('nexora_before', 'There before the telemetry.').set(1);
  const telemetry = await createTelemetry('test', process.env, registry);
  telemetry.counter('nexora_sent_total', 'Sent.').add(3, { door: 'rest' });
  telemetry.gauge('nexora_waiting', 'Waiting.').set(4);
  telemetry.histogram('nexora_lag_seconds', 'Lag.').observe(0.2);
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const inner = await runAsCall({ traceparent: `00-${traceId}-b7ad6b7169203331-01` }, () => telemetry.span('accept.batch', { items: 3 }, async () => telemetry.traceparent()));
  expect(inner).toMatch(new RegExp(`^00-${traceId}-(?!b7ad6b7169203331)[0-9a-f]{16}-01$`));
  await expect(telemetry.span('fails', {}, () => Promise.reject(new AppError('quota_exceeded', 'private text')))).rejects.toThrow('private text');
  await telemetry.stop();
  const all = (path: string): string => received.filter((request) => request.path === path).map(({ body }) => body.toString('latin1')).join('');
  expect(all('/v1/traces')).toContain('accept.batch');
  expect(all('/v1/traces')).toContain(Buffer.from(traceId, 'hex').toString('latin1'));
  expect(all('/v1/traces')).toContain('quota_exceeded');
  expect(all('/v1/traces')).toContain('nexora-test');
  expect(all('/v1/traces')).not.toContain('private text');
  for (const name of ['nexora_before', 'nexora_sent_total', 'nexora_waiting', 'nexora_lag_seconds']) expect(all('/v1/metrics')).toContain(name);
  expect((await registry.read()).map(({ name }) => name)).toEqual(['nexora_before', 'nexora_sent_total', 'nexora_waiting', 'nexora_lag_seconds']);
});
