import type { CallOptions } from '../http/transport.js';
import type { PagedList, PageOptions } from '../pages.js';
import type { AddSuppression, ApiKey, ApiKeyWithSecret, CreateApiKey, Domain, Suppression } from '../types/account.js';
import { Resource, segment } from './resource.js';

/** Sender domains and the DNS records they need. */
export class Domains extends Resource {
  create(name: string, options: CallOptions = {}): Promise<Domain> {
    return this.call('POST', '/v1/domains', { name }, options);
  }

  list(options: PageOptions = {}): PagedList<Domain> {
    return this.paged('/v1/domains', new URLSearchParams(), options);
  }

  get(id: string, options: CallOptions = {}): Promise<Domain> {
    return this.call('GET', `/v1/domains/${segment(id)}`, undefined, options);
  }

  /** Looks the records up at once. */
  verify(id: string, options: CallOptions = {}): Promise<Domain> {
    return this.call('POST', `/v1/domains/${segment(id)}/verify`, undefined, options);
  }

  delete(id: string, options: CallOptions = {}): Promise<void> {
    return this.command('DELETE', `/v1/domains/${segment(id)}`, undefined, options);
  }
}

/** Addresses that must not be mailed. */
export class Suppressions extends Resource {
  add(suppression: AddSuppression, options: CallOptions = {}): Promise<Suppression> {
    return this.call('POST', '/v1/suppressions', suppression, options);
  }

  list(options: PageOptions = {}): PagedList<Suppression> {
    return this.paged('/v1/suppressions', new URLSearchParams(), options);
  }

  /** 404 when the address is not suppressed. */
  get(address: string, options: CallOptions = {}): Promise<Suppression> {
    return this.call('GET', `/v1/suppressions/${segment(address)}`, undefined, options);
  }

  /** 403 `suppression_locked` when it cannot be lifted. */
  delete(address: string, options: CallOptions = {}): Promise<void> {
    return this.command('DELETE', `/v1/suppressions/${segment(address)}`, undefined, options);
  }
}

/** Keys of the API and of SMTP. */
export class ApiKeys extends Resource {
  /** The answer holds the key; it is never shown again. */
  create(key: CreateApiKey, options: CallOptions = {}): Promise<ApiKeyWithSecret> {
    return this.call('POST', '/v1/api_keys', key, options);
  }

  list(options: PageOptions = {}): PagedList<ApiKey> {
    return this.paged('/v1/api_keys', new URLSearchParams(), options);
  }

  /** Dead everywhere within 5 s. */
  revoke(id: string, options: CallOptions = {}): Promise<void> {
    return this.command('DELETE', `/v1/api_keys/${segment(id)}`, undefined, options);
  }
}
