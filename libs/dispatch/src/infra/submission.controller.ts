import { Controller, Inject } from '@nestjs/common';
import { AppError, refused, toAppError, type ItemResult, type Mode } from '@nexoramail/kernel';
import { SubmissionServiceService, type Submission, type SubmissionService, type SubmitRequest, type SubmitResponse, type SubmitResult } from '@nexoramail/contracts';
import { GrpcService, toItemError } from '@nexoramail/platform';
import { SubmitMessages } from '../application/accept/submit-messages.js';
import type { AcceptedMessage } from '../application/ports/accept-ports.js';
import type { NewContent, NewMessage } from '../domain/submission.js';
import { encodeComposed } from './composed-content.js';
import { toAccepted } from './mail-events.js';

/** `SubmissionService`: maps in, calls the use case, maps out. */
@Controller()
@GrpcService(SubmissionServiceService)
export class SubmissionController implements SubmissionService {
  constructor(@Inject(SubmitMessages) private readonly submitMessages: SubmitMessages) {}

  async submit({ items }: SubmitRequest): Promise<SubmitResponse> {
    const parsed = items.map(parse);
    const messages = parsed.flatMap((entry) => ('id' in entry ? [entry] : []));
    const accepted = (await this.submitMessages.execute(messages)).values();
    return { results: parsed.map((entry) => resultOf('id' in entry ? (accepted.next().value ?? lost()) : entry)) };
  }
}

const lost = (): ItemResult<AcceptedMessage> => refused(new AppError('internal', 'An item was not answered.'));

function parse(item: Submission): NewMessage | ItemResult<AcceptedMessage> {
  try {
    return toNewMessage(item);
  } catch (error) {
    return refused(toAppError(error));
  }
}

function toNewMessage(item: Submission): NewMessage {
  if (item.mode !== 'live' && item.mode !== 'test') throw invalid('mode', 'The mode is live or test.');
  if (item.source !== 'rest' && item.source !== 'smtp') throw invalid('source', 'The source is rest or smtp.');
  return {
    id: item.messageId,
    accountId: item.accountId,
    accountRef: Number(item.accountRef),
    mode: item.mode satisfies Mode,
    source: item.source,
    fromAddress: item.fromAddress,
    fromHeader: item.from || item.fromAddress,
    envelopeFrom: item.envelopeFrom,
    recipients: item.recipients.map(({ address, kind, displayName }) => {
      if (kind !== 'to' && kind !== 'cc' && kind !== 'bcc') throw invalid('recipient_kind', 'A recipient is to, cc or bcc.');
      return { address, kind, displayName };
    }),
    content: contentOf(item),
    category: item.category,
    tags: item.tags,
    metadata: item.metadata,
    scheduledAt: item.scheduledAt,
    expiresInS: item.expiresInS,
    trackOpens: item.trackOpens,
    trackClicks: item.trackClicks,
    sensitive: item.sensitive,
    orderingKey: item.orderingKey,
    requireTls: item.requireTls,
    idempotencyKey: item.idempotencyKey,
    bodyHash: item.bodyHash,
    subject: item.subject,
    keyId: item.keyId,
    requestId: item.requestId,
    client: item.client,
    smtputf8: item.smtputf8,
  };
}

function contentOf({ content, from, subject, recipients }: Submission): NewContent {
  switch (content?.$case) {
    case 'composed':
      return { kind: 'composed', bytes: encodeComposed({ from, subject, recipients, composed: content.composed }), replyTo: content.composed.replyTo };
    case 'raw':
      return { kind: 'raw', bytes: content.raw, replyTo: [] };
    default:
      throw invalid('content_missing', 'A message needs content.');
  }
}

function invalid(code: string, message: string): AppError {
  return new AppError('validation_failed', message, { errors: [{ pointer: '', code, message }] });
}

function resultOf(result: ItemResult<AcceptedMessage>): SubmitResult {
  if (result.kind === 'ok') return { result: { $case: 'ok', ok: toAccepted(result.value) } };
  const error = toItemError(result.error);
  return { result: result.kind === 'refused' ? { $case: 'refused', refused: error } : { $case: 'retry', retry: error } };
}
