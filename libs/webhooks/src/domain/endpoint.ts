/** Whose endpoint: every key and list is scoped by it. */
export interface EndpointScope {
  readonly accountId: string;
  /** `live` or `test`. */
  readonly mode: string;
}

/** `paused`: stopped by us, after its posts failed too long. `disabled`: the endpoint said that it is gone (410). */
export type EndpointStatus = 'active' | 'paused' | 'disabled';

/** Where an account wants its events posted. Without its secret. */
export interface Endpoint extends EndpointScope {
  readonly id: string;
  readonly url: string;
  /** Event types, or `*`. */
  readonly events: readonly string[];
  readonly description: string;
  readonly status: EndpointStatus;
  /** Why it is not active; empty when it is. */
  readonly statusReason: string;
  readonly createdAt: Date;
}

/** A change of an endpoint's state, for `nexora.webhooks.changes.v1`. */
export interface EndpointChange extends EndpointScope {
  readonly endpointId: string;
  readonly status: EndpointStatus | 'deleted';
  readonly reason: string;
  readonly at: Date;
}

/** Longest description, in characters. */
export const MAX_DESCRIPTION = 500;
