import type { EmailView, FeedService, MessagesService, MessageViewsService } from '@nexoramail/contracts';
import { messageStatus, type Clock, type IdSource, type RecipientStatus } from '@nexoramail/kernel';
import { parseAddress } from '@nexoramail/mail';
import type { InFlightKeys, Submitter } from '@nexoramail/platform';
import { Type } from '@sinclair/typebox';
import { scopeOf, type Caller } from '../auth/caller.js';
import { defineOperation, type Operation } from '../http/operation.js';
import { acceptedJson, attemptJson, emailJson, eventJson } from '../send/email-view.js';
import { hashOf, idempotencyKeyOf } from '../send/idempotency-header.js';
import { SEND_EXAMPLE, SendBody } from '../send/send-body.js';
import { toSubmission } from '../send/to-submission.js';
import { notFound, uuidOf } from './parse-id.js';
import { pageJson, pageRequest } from './page.js';
import { AcceptedEmail, AttemptSchema, Email, IdParams, NoQuery, PageQuery, pageOf, PublicEventSchema } from './schemas.js';

/** What the routes of messages need. */
export interface EmailRoutesDeps {
  readonly submitter: Submitter;
  readonly inFlight: InFlightKeys;
  readonly messages: Pick<MessagesService, 'getMessages'>;
  readonly views: MessageViewsService;
  readonly feed: Pick<FeedService, 'listMessageEvents'>;
  readonly clock: Clock;
  readonly ids: IdSource;
}

const ListQuery = Type.Composite([
  PageQuery,
  Type.Object({
    recipient: Type.Optional(Type.String({ maxLength: 320 })),
    status: Type.Optional(Type.Array(Type.String({ maxLength: 30 }), { maxItems: 20 })),
    tag: Type.Optional(Type.String({ maxLength: 64 })),
    category: Type.Optional(Type.String({ maxLength: 100 })),
    template_id: Type.Optional(Type.String({ maxLength: 64 })),
    domain: Type.Optional(Type.String({ maxLength: 255 })),
    created_after: Type.Optional(Type.String({ format: 'date-time', description: 'a time of RFC 3339' })),
    created_before: Type.Optional(Type.String({ format: 'date-time', description: 'a time of RFC 3339' })),
    metadata: Type.Optional(Type.Record(Type.String({ maxLength: 40 }), Type.String({ maxLength: 500 }), { maxProperties: 5 })),
  }),
], { additionalProperties: false });

const statusOf = (view: EmailView): string => messageStatus(view.recipients.map(({ status }) => status as RecipientStatus));

/** A message by its outside id: dispatch is asked first, then tracking, so that it is never missing after its 202. */
export async function findEmail(deps: Pick<EmailRoutesDeps, 'messages' | 'views'>, caller: Caller, id: string): Promise<EmailView> {
  const uuid = uuidOf('em', id);
  const ask = { scope: scopeOf(caller), messageIds: [uuid] };
  const [live] = (await deps.messages.getMessages(ask)).results;
  if (live?.result?.$case === 'ok') return live.result.ok;
  const [kept] = (await deps.views.getMessages(ask)).results;
  if (kept?.result?.$case === 'ok') return kept.result.ok;
  throw notFound('em', id);
}

/** The page with dispatch's view where it still has the rows: it alone knows subjects, and the states of this moment. Best effort: a list needs tracking only. */
async function freshViews(deps: Pick<EmailRoutesDeps, 'messages'>, caller: Caller, page: readonly EmailView[]): Promise<readonly EmailView[]> {
  if (page.length === 0) return page;
  const { results } = await deps.messages.getMessages({ scope: scopeOf(caller), messageIds: page.map(({ id }) => id) }).catch(() => ({ results: [] }));
  return page.map((view, index) => {
    const result = results[index]?.result;
    return result?.$case === 'ok' ? result.ok : view;
  });
}

/** `/v1/emails`: send, list, one, its events and attempts. */
export function emailRoutes(deps: EmailRoutesDeps): Operation[] {
  return [
    defineOperation({
      id: 'sendEmail', method: 'POST', path: '/v1/emails', tag: 'Emails', scope: 'emails:send', summary: 'Send a message',
      description: 'Accepts one message for up to 50 recipients. 202 means that it is on disk. Suppressed recipients are no error: their status says so.',
      query: NoQuery, body: SendBody, example: SEND_EXAMPLE, bodyLimit: 2_000_000, idempotencyKey: true,
      answers: { 202: { description: 'Accepted', schema: AcceptedEmail } },
      handler: async ({ body, caller, rawBody, requestId, headers }) => {
        const idempotencyKey = idempotencyKeyOf(headers['idempotency-key']);
        return deps.inFlight.alone(caller, idempotencyKey, async () => {
          const submission = toSubmission(body, { caller, bodyHash: hashOf(rawBody), idempotencyKey, requestId, now: deps.clock.now(), ids: deps.ids });
          const accepted = await deps.submitter.submit(submission);
          return { status: 202, body: acceptedJson(accepted), ...(accepted.replayed && { headers: { 'idempotent-replayed': 'true' } }) };
        });
      },
    }),
    defineOperation({
      id: 'listEmails', method: 'GET', path: '/v1/emails', tag: 'Emails', scope: 'emails:read', summary: 'List messages, newest first',
      description: 'Filters hold together; `status` may be repeated; `metadata[key]=value` filters by metadata.',
      query: ListQuery, answers: { 200: { description: 'A page of messages', schema: pageOf(Email) } },
      handler: async ({ query, caller }) => {
        const { metadata, ...filters } = query;
        const { messages, page } = await deps.views.listMessages({
          scope: scopeOf(caller), page: pageRequest(query),
          recipient: filters.recipient === undefined ? '' : parseAddress(filters.recipient, { pointer: '/recipient' }).email,
          statuses: filters.status ?? [], tag: filters.tag ?? '', category: filters.category ?? '', templateId: filters.template_id ?? '', domain: (filters.domain ?? '').toLowerCase(),
          createdAfter: filters.created_after === undefined ? undefined : new Date(filters.created_after),
          createdBefore: filters.created_before === undefined ? undefined : new Date(filters.created_before),
          metadata: metadata ?? {},
        });
        const fresh = await freshViews(deps, caller, messages);
        return { status: 200, body: pageJson(fresh.map((view) => emailJson(view, statusOf(view))), page) };
      },
    }),
    defineOperation({
      id: 'getEmail', method: 'GET', path: '/v1/emails/:id', tag: 'Emails', scope: 'emails:read', summary: 'A message and the state of each recipient',
      params: IdParams, query: NoQuery, answers: { 200: { description: 'The message', schema: Email } },
      handler: async ({ params, caller }) => {
        const view = await findEmail(deps, caller, params.id);
        return { status: 200, body: emailJson(view, statusOf(view)) };
      },
    }),
    defineOperation({
      id: 'listEmailEvents', method: 'GET', path: '/v1/emails/:id/events', tag: 'Emails', scope: 'events:read', summary: "A message's events, oldest first",
      params: IdParams, query: NoQuery, answers: { 200: { description: 'Its events', schema: Type.Object({ data: Type.Array(PublicEventSchema) }) } },
      handler: async ({ params, caller }) => {
        const messageId = uuidOf('em', params.id);
        const { events } = await deps.feed.listMessageEvents({ scope: scopeOf(caller), messageId });
        // No event yet: the message may be a moment old, or not this account's.
        if (events.length === 0) await findEmail(deps, caller, params.id);
        return { status: 200, body: { data: events.map(eventJson) } };
      },
    }),
    defineOperation({
      id: 'listEmailAttempts', method: 'GET', path: '/v1/emails/:id/attempts', tag: 'Emails', scope: 'emails:read', summary: "A message's delivery attempts with their SMTP dialogue",
      params: IdParams, query: NoQuery, answers: { 200: { description: 'Its attempts', schema: Type.Object({ data: Type.Array(AttemptSchema) }) } },
      handler: async ({ params, caller }) => {
        const messageId = uuidOf('em', params.id);
        const { attempts } = await deps.views.listAttempts({ scope: scopeOf(caller), messageId });
        if (attempts.length === 0) await findEmail(deps, caller, params.id);
        return { status: 200, body: { data: attempts.map((attempt) => attemptJson(messageId, attempt)) } };
      },
    }),
  ];
}
