import type { CallOptions, SendOptions } from '../http/transport.js';
import type { PagedList, PageOptions } from '../pages.js';
import type { AcceptedEmail, Attachment, Attempt, BatchItem, Email, EmailCheck, EmailContent, EmailFilters, SendEmail } from '../types/email.js';
import type { EmailEvent } from '../types/event.js';
import { encodeBase64 } from '../base64.js';
import { Resource, segment } from './resource.js';

/** Sending, and what became of it. */
export class Emails extends Resource {
  /** Accepts one message. Repeats itself safely after a lost answer: every try carries the same idempotency key. */
  async send(email: SendEmail, options: SendOptions = {}): Promise<AcceptedEmail> {
    return await this.call<AcceptedEmail>('POST', '/v1/emails', toBody(email), withKey(options));
  }

  /** Accepts up to 500 messages; `partial` (default) answers each, `atomic` stores all or none. */
  async sendBatch(emails: readonly SendEmail[], options: SendOptions & { mode?: 'partial' | 'atomic' } = {}): Promise<BatchItem[]> {
    const { mode = 'partial', ...rest } = options;
    const answer = await this.call<{ data: BatchItem[] }>('POST', '/v1/emails/batch', { mode, emails: emails.map(toBody) }, withKey(rest));
    return answer.data;
  }

  /** What every rule says of a message, without sending it. */
  check(email: SendEmail, options: CallOptions = {}): Promise<EmailCheck> {
    return this.call('POST', '/v1/emails/check', toBody(email), options);
  }

  get(id: string, options: CallOptions = {}): Promise<Email> {
    return this.call('GET', path(id), undefined, options);
  }

  /** Newest first. */
  list(filters: EmailFilters = {}, options: PageOptions = {}): PagedList<Email> {
    return this.paged('/v1/emails', toQuery(filters), options);
  }

  /** The timeline of one message, oldest first. */
  events(id: string, options: CallOptions = {}): Promise<EmailEvent[]> {
    return this.all(path(id, 'events'), options);
  }

  /** Every try to hand the message over, with its SMTP dialogue. */
  attempts(id: string, options: CallOptions = {}): Promise<Attempt[]> {
    return this.all(path(id, 'attempts'), options);
  }

  /** 410 `content_purged` after the purge, 403 for sensitive messages. */
  content(id: string, options: CallOptions = {}): Promise<EmailContent> {
    return this.call('GET', path(id, 'content'), undefined, options);
  }

  /** Ends every recipient that is not on its way (never sent, or only deferred); 409 with the reason when there is none. */
  cancel(id: string, options: CallOptions = {}): Promise<Email> {
    return this.call('POST', path(id, 'cancel'), undefined, options);
  }

  /** Moves a scheduled message to another time; 409 once it is queued. */
  reschedule(id: string, scheduledAt: Date | string, options: CallOptions = {}): Promise<Email> {
    return this.call('PATCH', path(id), { scheduled_at: typeof scheduledAt === 'string' ? scheduledAt : scheduledAt.toISOString() }, options);
  }
}

/** Filters as the query string of `GET /v1/emails`. */
export function toQuery({ metadata, status, ...rest }: EmailFilters): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(rest)) if (value !== undefined) query.set(name, value);
  for (const one of status === undefined ? [] : [status].flat()) query.append('status', one);
  for (const [key, value] of Object.entries(metadata ?? {})) query.set(`metadata[${key}]`, value);
  return query;
}

function path(id: string, part?: string): string {
  return `/v1/emails/${segment(id)}${part === undefined ? '' : `/${part}`}`;
}

function withKey(options: SendOptions): SendOptions & { idempotencyKey: string } {
  const idempotencyKey = options.idempotencyKey ?? crypto.randomUUID();
  if (!/^[\x20-\x7e]{1,255}$/.test(idempotencyKey)) throw new TypeError('An idempotency key has 1 to 255 printable ASCII characters.');
  return { ...options, idempotencyKey };
}

function toBody(email: SendEmail): unknown {
  if (!email.attachments) return email;
  return { ...email, attachments: email.attachments.map(encodeContent) };
}

function encodeContent(attachment: Attachment): Attachment {
  return typeof attachment.content === 'string' ? attachment : { ...attachment, content: encodeBase64(attachment.content) };
}
