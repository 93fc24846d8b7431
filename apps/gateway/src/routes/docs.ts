import { ERROR_CODES } from '@nexoramail/kernel';
import type { FastifyInstance } from 'fastify';
import type { Operation } from '../http/operation.js';
import { openApiDocument } from '../openapi.js';

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const STYLE = `:root{color-scheme:light dark;--line:light-dark(#dfe3ea,#2b313c);--soft:light-dark(#5a6473,#98a2b3);--code:light-dark(#f3f5f8,#161b22)}
body{font:16px/1.55 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:2rem 1.25rem 5rem;background:light-dark(#fff,#0d1117);color:light-dark(#16202e,#e6edf3)}
h1{font-size:1.9rem;margin:0 0 .25rem}h2{margin:2.5rem 0 .5rem;border-bottom:1px solid var(--line);padding-bottom:.3rem}h3{margin:1.6rem 0 .2rem;font-size:1.02rem}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,monospace;font-size:.9em;background:var(--code);border-radius:6px}code{padding:.1em .35em}pre{padding:.8rem 1rem;overflow:auto}
p.soft,.soft{color:var(--soft)}table{border-collapse:collapse;width:100%;font-size:.95rem}th,td{text-align:left;padding:.45rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
.verb{display:inline-block;min-width:4.2rem;font-weight:650}a{color:light-dark(#1f5fd6,#79b0ff)}tr:target{background:light-dark(#fff6d6,#3a3212)}`;

const page = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escape(title)} · NexoraMail</title><style>${STYLE}</style><body>${body}</body></html>`;

function errorsPage(): string {
  const rows = Object.entries(ERROR_CODES).map(([code, { http, smtp, title, retryable }]) =>
    `<tr id="${code}"><td><code>${code}</code></td><td>${http}</td><td>${smtp ? smtp.join(' ') : '–'}</td><td>${retryable ? 'yes' : 'no'}</td><td>${escape(title)}</td></tr>`);
  return page('Errors', `<h1>Errors</h1><p class="soft">Every refusal is <code>application/problem+json</code> (RFC 9457) with one of these codes; SMTP answers with the reply beside it. <a href="/docs">Reference</a></p><table><tr><th>Code</th><th>HTTP</th><th>SMTP</th><th>Repeat?</th><th>Meaning</th></tr>${rows.join('')}</table>`);
}

function referencePage(operations: readonly Operation[], apiUrl: string): string {
  const tags = [...new Set(operations.map(({ tag }) => tag))];
  const entry = ({ id, method, path, summary, description, scope, example }: Operation): string => {
    const call = `curl ${method === 'GET' ? '' : `-X ${method} `}${apiUrl}${path.replaceAll(/:(\w+)/g, '{$1}')} \\\n  -H "Authorization: Bearer $NEXORA_API_KEY"${example === undefined ? '' : ` \\\n  -H "Content-Type: application/json" \\\n  -d '${JSON.stringify(example, null, 2)}'`}`;
    return `<h3 id="${id}"><span class="verb">${method}</span> <code>${path.replaceAll(/:(\w+)/g, '{$1}')}</code></h3><p>${escape(summary)}. ${escape(description ?? '')} <span class="soft">Scope <code>${scope}</code>.</span></p><pre>${escape(call)}</pre>`;
  };
  const body = tags.map((tag) => `<h2>${escape(tag)}</h2>${operations.filter((operation) => operation.tag === tag).map(entry).join('')}`);
  return page('Reference', `<h1>NexoraMail API</h1><p class="soft">JSON over HTTPS, keys as <code>Authorization: Bearer nxm_live_…</code>. Schemas: <a href="/v1/openapi.json">OpenAPI 3.1</a>. Refusals: <a href="/docs/errors">errors</a>.</p>${body.join('')}`);
}

/** `/v1/openapi.json`, `/openapi.json`, `/docs`, `/docs/errors`: open to everybody. */
export function addDocs(server: FastifyInstance, operations: readonly Operation[], apiUrl: () => string): void {
  const html = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'" };
  for (const url of ['/v1/openapi.json', '/openapi.json']) server.get(url, (_request, reply) => reply.send(openApiDocument(operations, apiUrl())));
  server.get('/docs', (_request, reply) => reply.headers(html).send(referencePage(operations, apiUrl())));
  server.get('/docs/errors', (_request, reply) => reply.headers(html).send(errorsPage()));
}
