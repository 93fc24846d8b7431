import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Counters } from '../counters.js';
import type { DnsZone } from '../dns-zone.js';
import type { MailboxRules } from '../mailbox-rules.js';
import type { Script } from '../script.js';
import type { MessageStore, StoredMessage } from '../store.js';
import { COMMON_HEADERS, integerParameter, readJson, RequestFault, send, sendJson } from './http.js';
import { PREVIEW_POLICY, sendPage } from './page.js';
import { readMessage } from './parse-message.js';
import { fromScriptRule, toScriptRules, toZoneRecord, toZoneRemoval } from './schemas.js';

/** What the viewer shows and changes. */
export interface ViewerParts {
  readonly store: MessageStore;
  readonly zone: DnsZone;
  readonly script: Script;
  readonly rules: MailboxRules;
  readonly counters: Counters;
  readonly authorityPem: string;
  /** Called after a script or a record changed: opens listeners that became needed. */
  readonly changed: () => Promise<void>;
}

const DEFAULT_LIMIT = 1_000;
const MAX_LIMIT = 20_000;
const MAX_LIVE = 50;
let live = 0;

/** `envelope_to` is one text, as our own envelopes have one recipient; `recipients` is the list. */
const summary = ({ id, envelopeFrom, envelopeTo, subject, receivedAt, tls, session, raw }: StoredMessage): object => ({
  id, envelope_from: envelopeFrom, envelope_to: envelopeTo.join(', '), recipients: envelopeTo, subject, received_at: receivedAt.toISOString(), tls, size: raw.length, session,
});

/** Answers one request of the viewer. Throws {@link RequestFault} for the caller's faults. */
export async function handle(parts: ViewerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://sandbox');
  const method = request.method === 'HEAD' ? 'GET' : request.method ?? 'GET';
  const [, area = '', id, part, index] = url.pathname.split('/');
  if (area === 'messages' && id !== undefined && id !== '') return message(parts, response, method, id, part, index);
  if (id !== undefined) throw new RequestFault(404, `there is no ${url.pathname.slice(0, 100)}`);
  switch (`${method} ${area}`) {
    case 'GET ': return sendPage(response);
    case 'GET messages': return messages(parts, url.searchParams, response);
    case 'DELETE messages': parts.store.clear(); return noContent(response);
    case 'GET script': return sendJson(response, 200, { rules: parts.script.rules.map(fromScriptRule) });
    case 'PUT script': {
      parts.script.replace(toScriptRules(await readJson(request)));
      await parts.changed();
      return sendJson(response, 200, { rules: parts.script.rules.map(fromScriptRule) });
    }
    case 'DELETE script': parts.script.reset(); parts.rules.reset(); return noContent(response);
    case 'GET counters': return sendJson(response, 200, parts.counters.read());
    case 'DELETE counters': parts.counters.reset(); return noContent(response);
    case 'GET dns': return sendJson(response, 200, { data: parts.zone.published() });
    case 'PUT dns': {
      const record = toZoneRecord(await readJson(request));
      try {
        parts.zone.put(record);
      } catch (error) {
        throw error instanceof RangeError ? new RequestFault(422, error.message) : error;
      }
      await parts.changed();
      return sendJson(response, 200, record);
    }
    case 'DELETE dns': {
      const { name, type } = toZoneRemoval(await readJson(request), url.searchParams);
      if (!parts.zone.remove(name, type) && name !== undefined) throw new RequestFault(404, 'nothing of that name is published');
      return noContent(response);
    }
    case 'GET live': return stream(parts, request, response);
    case 'GET ca.pem': return send(response, 200, 'application/x-pem-file', parts.authorityPem);
    case 'GET healthz': return sendJson(response, 200, { status: 'ok' });
    case 'GET favicon.ico': return noContent(response);
    default: {
      const known = ['', 'messages', 'script', 'counters', 'dns', 'live', 'ca.pem', 'healthz'].includes(area);
      throw known ? new RequestFault(405, `${method} is not possible here`) : new RequestFault(404, `there is no ${url.pathname.slice(0, 100)}`);
    }
  }
}

const noContent = (response: ServerResponse): void => void response.writeHead(204, COMMON_HEADERS).end();

function messages({ store }: ViewerParts, query: URLSearchParams, response: ServerResponse): void {
  const limit = integerParameter(query, 'limit', DEFAULT_LIMIT, MAX_LIMIT);
  sendJson(response, 200, { data: store.list(limit, query.get('to') ?? undefined).map(summary) });
}

async function message({ store }: ViewerParts, response: ServerResponse, method: string, id: string, part?: string, index?: string): Promise<void> {
  const found = store.get(id);
  if (found === undefined) throw new RequestFault(404, 'there is no such message');
  if (method !== 'GET') throw new RequestFault(405, `${method} is not possible here`);
  if (part === 'raw' && index === undefined) return send(response, 200, 'message/rfc822', found.raw);
  const readable = await readMessage(found);
  if (part === undefined) {
    const attachments = readable.attachments.map(({ filename, content_type, size }) => ({ filename, content_type, size }));
    const { headers, from, to, text, html } = readable;
    return sendJson(response, 200, { ...summary(found), from, to, headers, text, has_html: html !== null, attachments });
  }
  if (part === 'html' && index === undefined && readable.html !== null) {
    return send(response, 200, 'text/html; charset=utf-8', readable.html, { 'Content-Security-Policy': PREVIEW_POLICY });
  }
  const attachment = part === 'attachments' && index !== undefined && /^\d{1,4}$/.test(index) ? readable.attachments[Number(index)] : undefined;
  if (attachment === undefined) throw new RequestFault(404, 'the message has no such part');
  const disposition = `attachment; filename*=UTF-8''${encodeURIComponent(attachment.filename.replace(/[\ud800-\udfff]/g, '_'))}`;
  send(response, 200, 'application/octet-stream', attachment.content, { 'Content-Disposition': disposition });
}

/** Server-sent events: one after every change, at most one in 200 ms is needed by a page, so bursts are merged per turn. */
function stream({ store }: ViewerParts, request: IncomingMessage, response: ServerResponse): void {
  if (live >= MAX_LIVE) throw new RequestFault(403, 'too many pages are open');
  live += 1;
  response.writeHead(200, { ...COMMON_HEADERS, 'Content-Type': 'text/event-stream' });
  response.write('retry: 1000\nevent: change\ndata: {}\n\n');
  let queued = false;
  const stop = store.onChange(() => {
    if (queued || response.writableNeedDrain) return;
    queued = true;
    setImmediate(() => {
      queued = false;
      if (response.writable) response.write('event: change\ndata: {}\n\n');
    });
  });
  request.on('close', () => {
    live -= 1;
    stop();
    response.end();
  });
}
