import { Controller, Inject } from '@nestjs/common';
import { AppError } from '@nexoramail/kernel';
import { MessagesServiceService, type EmailView, type GetMessagesRequest, type GetMessagesResponse, type MessageResult, type MessagesService } from '@nexoramail/contracts';
import { GrpcService, toItemError } from '@nexoramail/platform';
import type { MessageNow } from '../application/ports/read-ports.js';
import { GetMessages } from '../application/read/get-messages.js';
import { smtpOf } from './mail-events.js';

/** `MessagesService`. */
@Controller()
@GrpcService(MessagesServiceService)
export class MessagesController implements MessagesService {
  constructor(@Inject(GetMessages) private readonly getMessagesById: GetMessages) {}

  async getMessages({ scope, messageIds }: GetMessagesRequest): Promise<GetMessagesResponse> {
    if (!scope) throw new AppError('validation_failed', 'The scope is missing.');
    const results = await this.getMessagesById.execute(scope.accountId, scope.mode, messageIds);
    return {
      results: results.map((result): MessageResult =>
        result.kind === 'ok' ? { result: { $case: 'ok', ok: viewOf(result.value) } } : { result: { $case: 'refused', refused: toItemError(result.error) } }),
    };
  }
}

function viewOf(message: MessageNow): EmailView {
  return {
    id: message.id, messageIdHeader: message.messageIdHeader, from: message.fromHeader, replyTo: [...message.replyTo], subject: message.subject, category: message.category,
    tags: [...message.tags], metadata: { ...message.metadata }, createdAt: message.createdAt, scheduledAt: message.scheduledAt, expiresAt: message.expiresAt,
    source: message.source, mode: message.mode, templateId: '', templateVersion: 0,
    recipients: message.recipients.map(({ lastReply, ...recipient }) => ({ ...recipient, lastSmtp: lastReply && smtpOf(lastReply) })),
  };
}
