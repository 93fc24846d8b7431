/** How both doors answer a refusal. `smtp` is the reply code and enhanced status code (RFC 5321, RFC 3463); null where SMTP cannot meet it. */
export interface ErrorCodeDefinition {
  readonly http: number;
  readonly smtp: readonly [code: number, enhanced: string] | null;
  readonly retryable: boolean;
  /** One line for people: RFC 9457 `title`. */
  readonly title: string;
}

const policy = [550, '5.7.1'] as const;
const content = [550, '5.6.0'] as const;
const later = [451, '4.3.0'] as const;
const define = (http: number, smtp: ErrorCodeDefinition['smtp'], title: string, retryable = false): ErrorCodeDefinition => ({ http, smtp, retryable, title });

/** Every refusal a customer can meet, at both doors: the contract behind `docs/errors.md`. Codes are never reused. */
export const ERROR_CODES = {
  invalid_json: define(400, null, 'The body is not valid JSON'),
  unauthorized: define(401, [535, '5.7.8'], 'The credentials are missing or not valid'),
  insufficient_scope: define(403, policy, 'The API key lacks a scope'),
  account_not_activated: define(403, policy, 'The account is not activated yet'),
  sending_restricted: define(403, policy, 'Sending is restricted'),
  account_suspended: define(403, policy, 'The account is suspended'),
  domain_not_verified: define(403, policy, 'The sender domain is not verified'),
  plan_limit_domains: define(403, policy, 'The plan allows no more domains'),
  plan_limit_webhooks: define(403, policy, 'The plan allows no more webhook endpoints'),
  plan_feature: define(403, policy, 'The plan does not include this feature'),
  suppression_locked: define(403, policy, 'The suppression cannot be lifted'),
  not_found: define(404, null, 'There is no such resource'),
  method_not_allowed: define(405, null, 'The method is not allowed here'),
  not_acceptable: define(406, null, 'The answer cannot be given in that form'),
  request_in_progress: define(409, later, 'A request with this idempotency key is in progress', true),
  conflict: define(409, null, 'The state of the resource does not allow this'),
  content_purged: define(410, null, 'The content has been purged'),
  cursor_expired: define(410, null, 'The cursor is older than the retention'),
  payload_too_large: define(413, [552, '5.3.4'], 'The message is too large'),
  unsupported_media_type: define(415, [552, '5.3.4'], 'The media type is not supported'),
  validation_failed: define(422, content, 'The request is not valid'),
  category_required: define(422, policy, 'A category is required'),
  category_not_permitted: define(422, policy, 'The category is not permitted'),
  template_variable_missing: define(422, content, 'A template variable is missing'),
  idempotency_key_reused: define(422, content, 'The idempotency key was used with another body'),
  rate_limited: define(429, [451, '4.7.1'], 'Too many requests', true),
  quota_exceeded: define(429, policy, 'The quota of the period is used up'),
  internal: define(500, later, 'Something went wrong on our side', true),
  temporarily_unavailable: define(503, later, 'The service is temporarily unavailable', true),
} as const satisfies Record<string, ErrorCodeDefinition>;

/** A stable code of {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES;
