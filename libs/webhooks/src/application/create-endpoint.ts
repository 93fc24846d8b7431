import { AppError, type Clock, type IdSource, type Random } from '@nexoramail/kernel';
import { MAX_DESCRIPTION, type Endpoint, type EndpointScope } from '../domain/endpoint.js';
import { parseFilter } from '../domain/event-filter.js';
import { newKey, secretText } from '../domain/signature.js';
import type { EndpointLimits, EndpointStore, TargetCheck } from './ports.js';

/** What an endpoint is made of. */
export interface NewEndpoint extends EndpointScope {
  readonly url: string;
  readonly events: readonly string[];
  readonly description: string;
}

/** Adds an endpoint. Its secret is in the answer and nowhere else. `plan_limit_webhooks`; `validation_failed` at `/url`, `/events` or `/description`. */
export class CreateEndpoint {
  constructor(
    private readonly store: EndpointStore, private readonly limits: EndpointLimits, private readonly target: TargetCheck,
    private readonly clock: Clock, private readonly ids: IdSource, private readonly random: Random,
  ) {}

  async execute({ accountId, mode, url, events, description }: NewEndpoint): Promise<{ endpoint: Endpoint; secret: string }> {
    const endpoint: Endpoint = {
      accountId, mode, id: this.ids.uuid(), events: parseFilter(events), description: checkDescription(description), url: await this.target.check(url),
      status: 'active', statusReason: '', createdAt: this.clock.now(),
    };
    const key = newKey(this.random);
    const limit = await this.limits.limitOf(accountId);
    if (!(await this.store.create(endpoint, { id: this.ids.uuid(), key }, limit))) {
      throw new AppError('plan_limit_webhooks', `Your plan allows ${limit} webhook endpoints in each mode. Delete one, or choose a larger plan.`);
    }
    return { endpoint, secret: secretText(key) };
  }
}

/** The description as given. `validation_failed` at `/description` when it is too long. */
export function checkDescription(description: string): string {
  if (description.length <= MAX_DESCRIPTION) return description;
  const message = `The description is longer than ${MAX_DESCRIPTION} characters.`;
  throw new AppError('validation_failed', message, { errors: [{ pointer: '/description', code: 'too_long', message }] });
}
