import { Controller, Inject } from '@nestjs/common';
import { AppError, refused, toAppError, type ItemResult, type Mode } from '@nexoramail/kernel';
import {
  SubmissionServiceService, type CheckSubmissionsRequest, type CheckSubmissionsResponse, type Submission, type SubmissionService, type SubmitRequest, type SubmitResponse, type SubmitResult,
} from '@nexoramail/contracts';
import { GrpcService, toItemError } from '@nexoramail/platform';
import { CheckSubmissions } from '../application/accept/check-submissions.js';
import { SubmitBatch, type BatchResult } from '../application/accept/submit-batch.js';
import { SubmitMessages } from '../application/accept/submit-messages.js';
import type { AcceptedMessage } from '../application/ports/accept-ports.js';
import type { NewContent, NewMessage } from '../domain/submission.js';
import { encodeComposed } from './composed-content.js';
import { toAccepted } from './mail-events.js';

/** `SubmissionService`: maps in, calls the use case, maps out. */
@Controller()
@GrpcService(SubmissionServiceService)
export class SubmissionController implements SubmissionService {
  constructor(
    @Inject(SubmitMessages) private readonly submitMessages: SubmitMessages,
    @Inject(SubmitBatch) private readonly submitBatch: SubmitBatch,
    @Inject(CheckSubmissions) private readonly check: CheckSubmissions,
  ) {}

  async submit({ items, group = '' }: SubmitRequest): Promise<SubmitResponse> {
    const parsed = items.map(parse);
    const messages = parsed.flatMap((entry) => ('id' in entry ? [entry] : []));
    if (group === 'atomic' && messages.length < parsed.length) return { results: parsed.map((entry) => resultOf('id' in entry ? undefined : entry)) };
    const accepted = (await this.handlerOf(group, messages)).values();
    return { results: parsed.map((entry) => resultOf('id' in entry ? next(accepted) : entry)) };
  }

  async checkSubmissions({ items }: CheckSubmissionsRequest): Promise<CheckSubmissionsResponse> {
    if (items.length > MAX_CHECKS) throw invalid('items', `At most ${MAX_CHECKS} messages are checked at once.`);
    const results = await this.check.execute(items.map(toNewMessage));
    return { results: results.map((rules) => ({ rules: rules.map((rule) => ({ ...rule })) })) };
  }

  private handlerOf(group: string, messages: readonly NewMessage[]): Promise<readonly BatchResult[]> {
    if (group === '') return this.submitMessages.execute(messages);
    if (group !== 'partial' && group !== 'atomic') throw invalid('group', 'A group is partial or atomic.');
    const [first] = messages;
    if (messages.some(({ accountId, mode }) => accountId !== first?.accountId || mode !== first.mode)) throw invalid('group', 'A batch is of one account and mode.');
    return this.submitBatch[group](messages);
  }
}

const MAX_CHECKS = 100;

function next(answers: Iterator<BatchResult, undefined>): BatchResult {
  const answer = answers.next();
  return answer.done === true ? lost() : answer.value;
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

function resultOf(result: BatchResult): SubmitResult {
  if (!result) return { result: undefined };
  if (result.kind === 'ok') return { result: { $case: 'ok', ok: toAccepted(result.value) } };
  const error = toItemError(result.error);
  return { result: result.kind === 'refused' ? { $case: 'refused', refused: error } : { $case: 'retry', retry: error } };
}
