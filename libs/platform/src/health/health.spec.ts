import { get, request } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { MetricRegistry } from '../telemetry/metrics.js';
import { Health } from './health.js';
import { startOpsServer } from './ops-server.js';

const passes = async (): Promise<void> => undefined;
const fails = async (): Promise<void> => {
  throw new Error('down');
};

describe('Health', () => {
  test('is ready when every check passes, and names those that do not', async () => {
    const health = new Health();
    expect(await health.readiness()).toEqual({ ready: true, failing: [] });
    health.register('postgres', passes);
    health.register('kafka', fails);
    expect(await health.readiness()).toEqual({ ready: false, failing: ['kafka'] });
    health.register('kafka', passes);
    expect(await health.readiness()).toEqual({ ready: true, failing: [] });
  });

  test('a check that hangs fails in time; probes at once share one run', async () => {
    const health = new Health(20);
    let runs = 0;
    health.register('dns', () => {
      runs++;
      return new Promise(() => undefined);
    });
    const [one, two] = await Promise.all([health.readiness(), health.readiness()]);
    expect(one).toEqual({ ready: false, failing: ['dns'] });
    expect(two).toBe(one);
    expect(runs).toBe(1);
  });

  test('a check that throws at once fails like any other', async () => {
    const health = new Health();
    health.register('odd', () => {
      throw new Error('no promise');
    });
    expect(await health.readiness()).toEqual({ ready: false, failing: ['odd'] });
  });

  test('is not ready while stopping', async () => {
    const health = new Health();
    health.drain();
    expect(await health.readiness()).toEqual({ ready: false, failing: ['stopping'] });
  });
});

describe('operations server', () => {
  const ask = (port: number, path: string, method = 'GET'): Promise<{ status: number; type: string; body: string }> =>
    new Promise((resolve, reject) => {
      request({ port, path, method, host: '127.0.0.1' }, (response) => {
        let body = '';
        response.on('data', (part: Buffer) => (body += part.toString())).on('end', () => resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', body }));
      }).on('error', reject).end();
    });

  test('sec-A72: answers /healthz, /readyz and /metrics, and nothing else', async () => {
    const [health, registry] = [new Health(), new MetricRegistry()];
    registry.counter('nexora_x_total', 'X.').add(1);
    const ops = await startOpsServer({ health, registry, port: 0 });
    expect(await ask(ops.port, '/healthz')).toMatchObject({ status: 200, body: '{"status":"ok"}\n' });
    expect(await ask(ops.port, '/readyz?verbose')).toMatchObject({ status: 200, body: '{"status":"ready","failing":[]}\n' });
    health.register('postgres', fails);
    expect(await ask(ops.port, '/readyz')).toMatchObject({ status: 503, body: '{"status":"not_ready","failing":["postgres"]}\n' });
    expect(await ask(ops.port, '/healthz')).toMatchObject({ status: 200 });
    expect(await ask(ops.port, '/metrics')).toMatchObject({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: '# HELP nexora_x_total X.\n# TYPE nexora_x_total counter\nnexora_x_total 1\n' });
    expect(await ask(ops.port, '/')).toMatchObject({ status: 404 });
    expect(await ask(ops.port, '/metrics', 'POST')).toMatchObject({ status: 405 });
    expect(await ask(ops.port, '/readyz', 'HEAD')).toMatchObject({ status: 503, body: '' });
    await ops.close();
  });

  test('a taken port is an error; closing leaves none open', async () => {
    const parts = { health: new Health(), registry: new MetricRegistry() };
    const ops = await startOpsServer({ ...parts, port: 0 });
    await expect(startOpsServer({ ...parts, port: ops.port })).rejects.toMatchObject({ code: 'EADDRINUSE', port: ops.port });
    await ops.close();
    await expect(new Promise((resolve, reject) => get({ port: ops.port, host: '127.0.0.1' }, resolve).on('error', reject))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
