import { AppError, type Mode } from '@nexoramail/kernel';

/** A file of a message, without its bytes. */
export interface AttachmentFacts {
  readonly filename: string;
  readonly contentType: string;
  /** Empty for an attachment. */
  readonly contentId: string;
  /** Bytes, decoded. */
  readonly size: number;
}

/** Content as people read it; bcc is never part of it. */
export interface MessageContent {
  readonly from: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly subject: string;
  readonly html: string | undefined;
  readonly text: string | undefined;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly attachments: readonly AttachmentFacts[];
}

/** A message whose content may be read; `open` rejects with `content_purged` when it is gone. */
export interface StoredContent {
  readonly sensitive: boolean;
  open(): Promise<MessageContent>;
}

/** Finds content that is still here. */
export interface ContentReader {
  find(accountId: string, mode: Mode, messageId: string): Promise<StoredContent | undefined>;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** What was submitted, until its purge. Throws `not_found`, `insufficient_scope` for sensitive messages (nobody reads those), `content_purged`. */
export class GetContent {
  constructor(private readonly reader: ContentReader) {}

  async execute(accountId: string, mode: string, messageId: string): Promise<MessageContent> {
    if (mode !== 'live' && mode !== 'test') throw new AppError('validation_failed', 'The mode is live or test.');
    const stored = UUID.test(messageId) ? await this.reader.find(accountId, mode, messageId) : undefined;
    if (!stored) throw new AppError('not_found', 'There is no such message here.');
    if (stored.sensitive) throw new AppError('insufficient_scope', 'The content of a message that was sent with `sensitive: true` is never readable, whoever asks.');
    return stored.open();
  }
}
