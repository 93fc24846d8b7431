import type { EmailView, MessageResult, MessagesService } from '@nexoramail/contracts';
import { AppError, isAppError, messageStatus, type RecipientStatus } from '@nexoramail/kernel';
import { fromItemError } from '@nexoramail/platform';
import { Type } from '@sinclair/typebox';
import { scopeOf } from '../auth/caller.js';
import { defineOperation, type Operation } from '../http/operation.js';
import { emailJson } from '../send/email-view.js';
import { findEmail, type EmailRoutesDeps } from './emails.js';
import { uuidOf } from './parse-id.js';
import { Email, IdParams, NoQuery } from './schemas.js';

/** What the routes that change a waiting message need. */
export interface EmailChangesDeps extends Pick<EmailRoutesDeps, 'views'> {
  readonly messages: Pick<MessagesService, 'getMessages' | 'cancelMessages' | 'rescheduleMessage'>;
}

const Reschedule = Type.Object(
  { scheduled_at: Type.String({ format: 'date-time', description: 'a time of RFC 3339 such as 2026-12-01T08:00:00Z, at most 30 days after the message was accepted' }) },
  { additionalProperties: false, description: 'The new time.' },
);

const json = (view: EmailView): object => emailJson(view, messageStatus(view.recipients.map(({ status }) => status as RecipientStatus)));

/** `POST /v1/emails/{id}/cancel` and `PATCH /v1/emails/{id}`. */
export function emailChangeRoutes(deps: EmailChangesDeps): Operation[] {
  return [
    defineOperation({
      id: 'cancelEmail', method: 'POST', path: '/v1/emails/:id/cancel', tag: 'Emails', scope: 'emails:send', summary: 'Cancel what has not gone yet',
      description: 'Ends every recipient that is not on its way: what is canceled was never handed over, or was only deferred. 200 with the message when at least one recipient is canceled, also by an earlier call; else 409 with the reason. The quota stays used.',
      params: IdParams, query: NoQuery, answers: { 200: { description: 'The message as it is now', schema: Email }, 409: { description: 'Too late: nothing could be canceled' } },
      handler: async ({ params, caller }) => {
        const { results } = await deps.messages.cancelMessages({ scope: scopeOf(caller), messageIds: [uuidOf('em', params.id)] });
        const view = await answered(results[0], async () => {
          // What dispatch no longer holds ended days ago; what tracking does not know either is not there.
          await findEmail(deps, caller, params.id);
          throw new AppError('conflict', 'It is too late to cancel: the message ended days ago.');
        });
        return { status: 200, body: json(view) };
      },
    }),
    defineOperation({
      id: 'rescheduleEmail', method: 'PATCH', path: '/v1/emails/:id', tag: 'Emails', scope: 'emails:send', summary: 'Move a scheduled message to another time',
      description: 'Only while the message waits for its time: 409 once it is queued. A time that has passed means now. Its time to live is counted from the new time.',
      params: IdParams, query: NoQuery, body: Reschedule, example: { scheduled_at: '2026-12-01T08:00:00Z' },
      answers: { 200: { description: 'The message with its new time', schema: Email }, 409: { description: 'It does not wait for its time any more' } },
      handler: async ({ params, body, caller }) => {
        const messageId = uuidOf('em', params.id);
        try {
          const { message } = await deps.messages.rescheduleMessage({ scope: scopeOf(caller), messageId, scheduledAt: new Date(body.scheduled_at) });
          if (message) return { status: 200, body: json(message) };
          throw new AppError('internal', 'The message was not answered.');
        } catch (error) {
          if (!isAppError(error) || error.code !== 'not_found') throw error;
          await findEmail(deps, caller, params.id);
          throw new AppError('conflict', 'The message does not wait for its time any more: it ended days ago.');
        }
      },
    }),
  ];
}

async function answered(result: MessageResult | undefined, absent: () => Promise<never>): Promise<EmailView> {
  switch (result?.result?.$case) {
    case 'ok':
      return result.result.ok;
    case 'refused':
      if (result.result.refused.code === 'not_found') return absent();
      throw fromItemError(result.result.refused);
    case 'retry':
      throw fromItemError(result.result.retry);
    default:
      throw new AppError('internal', 'The message was not answered.');
  }
}
