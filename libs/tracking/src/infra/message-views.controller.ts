import { Controller } from '@nestjs/common';
import {
  MessageViewsServiceService, type AttemptView, type EmailView, type ListAttemptsRequest, type ListAttemptsResponse, type ListMessagesRequest,
  type ListMessagesResponse, type MessageViewResult, type MessageViewsService, type TrackingGetMessagesRequest, type TrackingGetMessagesResponse,
} from '@nexoramail/contracts';
import { AppError, isUuid, refused } from '@nexoramail/kernel';
import { GrpcService, scopeOf, toItemError } from '@nexoramail/platform';
import { GetMessages } from '../application/get-messages.js';
import { ListAttempts } from '../application/list-attempts.js';
import { ListMessages } from '../application/list-messages.js';
import type { Attempt } from '../domain/attempt.js';
import type { MessageView } from '../domain/message-view.js';

const MAX_IDS = 100;

/** Read models of messages over gRPC. */
@Controller()
@GrpcService(MessageViewsServiceService)
export class MessageViewsController implements MessageViewsService {
  constructor(private readonly get: GetMessages, private readonly list: ListMessages, private readonly attempts: ListAttempts) {}

  async getMessages({ scope, messageIds }: TrackingGetMessagesRequest): Promise<TrackingGetMessagesResponse> {
    if (messageIds.length > MAX_IDS) throw new AppError('validation_failed', `A call names at most ${MAX_IDS} messages.`);
    const found = await this.get.execute(scopeOf(scope), messageIds.filter(isUuid));
    const answers = found.values();
    const unknown = refused(new AppError('not_found', 'There is no such message.'));
    return {
      results: messageIds.map((id): MessageViewResult => {
        const result = isUuid(id) ? (answers.next().value ?? unknown) : unknown;
        return { result: result.kind === 'ok' ? { $case: 'ok', ok: toEmailView(result.value) } : { $case: 'refused', refused: toItemError(result.error) } };
      }),
    };
  }

  async listMessages({ scope, page, ...filters }: ListMessagesRequest): Promise<ListMessagesResponse> {
    const { recipient, statuses, tag, category, templateId, domain, createdAfter, createdBefore, metadata } = filters;
    const { items, hasMore, nextCursor } = await this.list.execute({
      ...scopeOf(scope), limit: page?.limit ?? 0, after: page?.after ?? '', recipient, statuses, tag, category, templateId, domain,
      createdAfter, createdBefore, metadata,
    });
    return { messages: items.map(toEmailView), page: { hasMore, nextCursor } };
  }

  async listAttempts({ scope, messageId }: ListAttemptsRequest): Promise<ListAttemptsResponse> {
    const found = isUuid(messageId) ? await this.attempts.execute(scopeOf(scope), messageId) : [];
    return { attempts: found.map(toAttemptView) };
  }
}

function toEmailView(view: MessageView): EmailView {
  return {
    id: view.id, messageIdHeader: view.messageIdHeader, from: view.from, replyTo: [...view.replyTo], category: view.category, tags: [...view.tags],
    metadata: { ...view.metadata }, createdAt: view.createdAt, scheduledAt: view.scheduledAt, expiresAt: view.expiresAt, source: view.source,
    mode: view.mode, templateId: view.templateId, templateVersion: view.templateVersion,
    recipients: view.recipients.map(({ index, address, status, reason, attempts, nextAttemptAt, lastSmtp, finalAt, lateBounce, kind, displayName }) => ({
      index, address, status, reason, attempts, nextAttemptAt, lastSmtp, finalAt, lateBounce, kind, displayName,
    })),
  };
}

function toAttemptView({ id, recipientIndex, n, startedAt, endedAt, mx, ip, tlsVersion, tlsCipher, tlsVerified, outcome, smtp, transcript }: Attempt): AttemptView {
  return { id, recipientIndex, n, startedAt, endedAt, mx, ip, tlsVersion, tlsCipher, tlsVerified, outcome, smtp, transcript: [...transcript] };
}
