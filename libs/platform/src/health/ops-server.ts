import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MetricRegistry } from '../telemetry/metrics.js';
import { PROMETHEUS_TYPE, prometheusText } from '../telemetry/prometheus.js';
import type { Health } from './health.js';

/** Settings of {@link startOpsServer}. */
export interface OpsServerOptions {
  readonly health: Health;
  readonly registry: MetricRegistry;
  /** 0 lets the system choose. */
  readonly port: number;
  /** 127.0.0.1 unless given; a pod's kubelet needs 0.0.0.0. */
  readonly host?: string;
}

/** An operations server that listens. */
export interface OpsServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `GET /healthz` (the process lives), `/readyz` (503 with the names of what fails) and `/metrics` (Prometheus text). No authentication:
 * it belongs on loopback or inside the cluster. Rejects when the port is taken.
 */
export async function startOpsServer({ health, registry, port, host = '127.0.0.1' }: OpsServerOptions): Promise<OpsServer> {
  const server = createServer((request, response) => {
    answer(health, registry, request, response).catch(() => response.destroy());
  });
  server.requestTimeout = 5_000;
  server.headersTimeout = 5_000;
  server.maxConnections = 64;
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

async function answer(health: Health, registry: MetricRegistry, request: IncomingMessage, response: ServerResponse): Promise<void> {
  request.resume();
  const json = (status: number, body: object): void => void response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(`${JSON.stringify(body)}\n`);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return json(405, { error: 'method_not_allowed' });
  }
  switch (request.url?.split('?')[0]) {
    case '/healthz':
      return json(200, { status: 'ok' });
    case '/readyz': {
      const { ready, failing } = await health.readiness();
      return json(ready ? 200 : 503, { status: ready ? 'ready' : 'not_ready', failing });
    }
    case '/metrics':
      response.writeHead(200, { 'content-type': PROMETHEUS_TYPE }).end(prometheusText(await registry.read()));
      return;
    default:
      return json(404, { error: 'not_found' });
  }
}
