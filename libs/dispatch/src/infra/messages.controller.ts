import { Controller, Inject } from '@nestjs/common';
import { AppError, type ItemResult } from '@nexoramail/kernel';
import {
  MessagesServiceService, type CancelMessagesRequest, type CancelMessagesResponse, type EmailView, type GetContentRequest, type GetContentResponse, type GetMessagesRequest, type GetMessagesResponse, type MessageResult, type MessagesService,
  type RescheduleMessageRequest, type RescheduleMessageResponse, type Scope,
} from '@nexoramail/contracts';
import { GrpcService, toItemError } from '@nexoramail/platform';
import { CancelMessages } from '../application/change/cancel-messages.js';
import { RescheduleMessage } from '../application/change/reschedule-message.js';
import type { MessageNow } from '../application/ports/read-ports.js';
import { GetContent } from '../application/read/get-content.js';
import { GetMessages } from '../application/read/get-messages.js';
import { smtpOf } from './mail-events.js';

/** `MessagesService`. */
@Controller()
@GrpcService(MessagesServiceService)
export class MessagesController implements MessagesService {
  constructor(
    @Inject(GetMessages) private readonly getMessagesById: GetMessages,
    @Inject(CancelMessages) private readonly cancel: CancelMessages,
    @Inject(RescheduleMessage) private readonly reschedule: RescheduleMessage,
    @Inject(GetContent) private readonly content: GetContent,
  ) {}

  async getMessages({ scope, messageIds }: GetMessagesRequest): Promise<GetMessagesResponse> {
    const { accountId, mode } = given(scope);
    return { results: (await this.getMessagesById.execute(accountId, mode, messageIds)).map(resultOf) };
  }

  async cancelMessages({ scope, messageIds }: CancelMessagesRequest): Promise<CancelMessagesResponse> {
    const { accountId, mode } = given(scope);
    return { results: (await this.cancel.execute(accountId, mode, messageIds)).map(resultOf) };
  }

  async rescheduleMessage({ scope, messageId, scheduledAt }: RescheduleMessageRequest): Promise<RescheduleMessageResponse> {
    const { accountId, mode } = given(scope);
    if (!scheduledAt) throw new AppError('validation_failed', 'The time is missing.');
    return { message: viewOf(await this.reschedule.execute(accountId, mode, messageId, scheduledAt)) };
  }

  async getContent({ scope, messageId }: GetContentRequest): Promise<GetContentResponse> {
    const { accountId, mode } = given(scope);
    const { to, cc, headers, attachments, ...rest } = await this.content.execute(accountId, mode, messageId);
    return { ...rest, to: [...to], cc: [...cc], headers: headers.map((header) => ({ ...header })), attachments: attachments.map((attachment) => ({ ...attachment })) };
  }
}

function given(scope: Scope | undefined): Scope {
  if (!scope) throw new AppError('validation_failed', 'The scope is missing.');
  return scope;
}

function resultOf(result: ItemResult<MessageNow>): MessageResult {
  if (result.kind === 'ok') return { result: { $case: 'ok', ok: viewOf(result.value) } };
  const error = toItemError(result.error);
  return { result: result.kind === 'refused' ? { $case: 'refused', refused: error } : { $case: 'retry', retry: error } };
}

function viewOf(message: MessageNow): EmailView {
  return {
    id: message.id, messageIdHeader: message.messageIdHeader, from: message.fromHeader, replyTo: [...message.replyTo], subject: message.subject, category: message.category,
    tags: [...message.tags], metadata: { ...message.metadata }, createdAt: message.createdAt, scheduledAt: message.scheduledAt, expiresAt: message.expiresAt,
    source: message.source, mode: message.mode, templateId: '', templateVersion: 0,
    recipients: message.recipients.map(({ lastReply, ...recipient }) => ({ ...recipient, lastSmtp: lastReply && smtpOf(lastReply) })),
  };
}
