import { Submission, type ComposedContent, type SubmissionRecipient } from '@nexoramail/contracts';

/** All that a message is built of, so that the sealed content stands by itself. */
export interface Composed {
  /** Header From as given. */
  readonly from: string;
  readonly subject: string;
  readonly recipients: readonly SubmissionRecipient[];
  readonly composed: ComposedContent;
}

/** The bytes that are sealed: the contract's own message with the parts that make the content. */
export function encodeComposed({ from, subject, recipients, composed }: Composed): Uint8Array {
  return Submission.encode({
    messageId: '', accountId: '', accountRef: 0n, mode: '', source: '', fromAddress: '', from, envelopeFrom: '', recipients: [...recipients],
    content: { $case: 'composed', composed }, category: '', tags: [], metadata: {}, scheduledAt: undefined, expiresInS: 0, trackOpens: false, trackClicks: false,
    sensitive: false, orderingKey: '', requireTls: false, idempotencyKey: '', bodyHash: Buffer.alloc(0), receivedAt: undefined, subject, keyId: '', requestId: '', client: '',
    smtputf8: false,
  }).finish();
}

/** The content of {@link encodeComposed}. */
export function decodeComposed(bytes: Uint8Array): Composed {
  const { from, subject, recipients, content } = Submission.decode(bytes);
  if (content?.$case !== 'composed') throw new Error('The content is not a composed one');
  return { from, subject, recipients, composed: content.composed };
}
