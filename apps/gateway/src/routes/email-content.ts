import type { GetContentResponse, MessagesService } from '@nexoramail/contracts';
import { AppError, isAppError } from '@nexoramail/kernel';
import { Type } from '@sinclair/typebox';
import { scopeOf } from '../auth/caller.js';
import { defineOperation, type Operation } from '../http/operation.js';
import { findEmail, type EmailRoutesDeps } from './emails.js';
import { textJson } from './page.js';
import { uuidOf } from './parse-id.js';
import { IdParams, NoQuery } from './schemas.js';

/** What the route of contents needs. */
export interface EmailContentDeps extends Pick<EmailRoutesDeps, 'views'> {
  readonly messages: Pick<MessagesService, 'getMessages' | 'getContent'>;
}

const nullableText = Type.Union([Type.String(), Type.Null()]);
const Content = Type.Object({
  from: Type.String(), to: Type.Array(Type.String()), cc: Type.Array(Type.String()), subject: Type.String(), html: nullableText, text: nullableText, headers: Type.Record(Type.String(), Type.String()),
  attachments: Type.Array(Type.Object({ filename: Type.String(), size: Type.Integer(), content_type: Type.String(), content_id: nullableText })),
});

/** `GET /v1/emails/{id}/content`. */
export function emailContentRoutes(deps: EmailContentDeps): Operation[] {
  return [
    defineOperation({
      id: 'getEmailContent', method: 'GET', path: '/v1/emails/:id/content', tag: 'Emails', scope: 'emails:read', summary: "A message's content, until it is purged",
      description: 'What was submitted, without bcc and without the bytes of attachments; a header field that stands more than once has its values on lines of their own. 410 once it is purged, less than a day after the last recipient is final; 403 for a message that was sent with `sensitive: true`.',
      params: IdParams, query: NoQuery, answers: { 200: { description: 'The content', schema: Content }, 410: { description: 'The content has been purged' } },
      handler: async ({ params, caller }) => {
        const messageId = uuidOf('em', params.id);
        try {
          return { status: 200, body: contentJson(await deps.messages.getContent({ scope: scopeOf(caller), messageId })) };
        } catch (error) {
          if (!isAppError(error) || error.code !== 'not_found') throw error;
          // Days later dispatch holds it no more; tracking still knows whose it was.
          await findEmail(deps, caller, params.id);
          throw new AppError('content_purged', 'The content has been purged: it is kept for less than a day after the last recipient is final.');
        }
      },
    }),
  ];
}

function contentJson({ from, to, cc, subject, html, text, headers, attachments }: GetContentResponse): object {
  const fields = new Map<string, string>();
  for (const { name, value } of headers) fields.set(name, fields.has(name) ? `${fields.get(name) ?? ''}\n${value}` : value);
  return {
    from, to, cc, subject, html: html ?? null, text: text ?? null, headers: Object.fromEntries(fields),
    attachments: attachments.map(({ filename, size, contentType, contentId }) => ({ filename, size, content_type: contentType, content_id: textJson(contentId) })),
  };
}
