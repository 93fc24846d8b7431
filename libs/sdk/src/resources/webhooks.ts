import type { CallOptions } from '../http/transport.js';
import type { PagedList, PageOptions } from '../pages.js';
import type { CreateWebhook, ReplayWebhook, UpdateWebhook, Webhook, WebhookAttempt, WebhookWithSecret } from '../types/webhook.js';
import { Resource, segment } from './resource.js';

/** Endpoints that events are posted to. */
export class Webhooks extends Resource {
  /** The answer holds the secret; it is never shown again. */
  create(webhook: CreateWebhook, options: CallOptions = {}): Promise<WebhookWithSecret> {
    return this.call('POST', '/v1/webhooks', webhook, options);
  }

  list(options: PageOptions = {}): PagedList<Webhook> {
    return this.paged('/v1/webhooks', new URLSearchParams(), options);
  }

  get(id: string, options: CallOptions = {}): Promise<Webhook> {
    return this.call('GET', path(id), undefined, options);
  }

  update(id: string, change: UpdateWebhook, options: CallOptions = {}): Promise<Webhook> {
    return this.call('PATCH', path(id), change, options);
  }

  delete(id: string, options: CallOptions = {}): Promise<void> {
    return this.command('DELETE', path(id), undefined, options);
  }

  /** A new secret; the old one signs along for 24 h. */
  rotate(id: string, options: CallOptions = {}): Promise<WebhookWithSecret> {
    return this.call('POST', path(id, 'rotate'), undefined, options);
  }

  /** Posts a sample event to the endpoint. */
  test(id: string, options: CallOptions = {}): Promise<void> {
    return this.command('POST', path(id, 'test'), undefined, options);
  }

  /** Makes a paused or disabled endpoint active again. */
  enable(id: string, options: CallOptions = {}): Promise<Webhook> {
    return this.call('POST', path(id, 'enable'), undefined, options);
  }

  /** Every POST to the endpoint, newest first. */
  attempts(id: string, options: PageOptions = {}): PagedList<WebhookAttempt> {
    return this.paged(path(id, 'attempts'), new URLSearchParams(), options);
  }

  /** Posts past events again under their old ids; answers how many. */
  async replay(id: string, what: ReplayWebhook, options: CallOptions = {}): Promise<number> {
    const { count } = await this.call<{ count: number }>('POST', path(id, 'replay'), what, options);
    return count;
  }
}

function path(id: string, part?: string): string {
  return `/v1/webhooks/${segment(id)}${part === undefined ? '' : `/${part}`}`;
}
