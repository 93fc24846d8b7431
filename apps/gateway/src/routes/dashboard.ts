import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';

const HEADERS = {
  'content-security-policy': "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
};

const TYPES: Readonly<Record<string, string>> = { '.js': 'text/javascript; charset=utf-8', '.svg': 'image/svg+xml', '.png': 'image/png', '.ico': 'image/x-icon', '.txt': 'text/plain; charset=utf-8', '.webmanifest': 'application/manifest+json' };

/** The dashboard's files at `/`: hashed assets for a year, the page itself never from a cache; unknown paths outside the API are pages of the application. */
export async function addDashboard(server: FastifyInstance, folder: string): Promise<void> {
  const index = join(folder, 'index.html');
  if (!existsSync(index)) return;
  const html = readFileSync(index);
  const send = (reply: FastifyReply): FastifyReply => reply.headers({ ...HEADERS, 'cache-control': 'no-cache' }).type('text/html; charset=utf-8').send(html);
  await server.register(fastifyStatic, { root: join(folder, 'assets'), prefix: '/assets/', immutable: true, maxAge: '365d', decorateReply: false, setHeaders: (response) => void response.header('x-content-type-options', 'nosniff') });
  // Few small files beside the page (icon, theme): read once.
  for (const name of readdirSync(folder).filter((file) => extname(file) in TYPES)) {
    const bytes = readFileSync(join(folder, name));
    server.get(`/${name}`, (_request, reply) => reply.headers({ 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' }).type(TYPES[extname(name)] ?? '').send(bytes));
  }
  server.get('/', (_request, reply) => send(reply));
  server.get('/*', (request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '/';
    if (/^\/(v1|staff|session|test|docs|openapi|\.well-known|assets)(\/|\.|$)/.test(path) || !(request.headers.accept ?? '').includes('text/html')) return reply.callNotFound();
    return send(reply);
  });
}
