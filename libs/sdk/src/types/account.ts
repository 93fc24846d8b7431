/** `live` sends for real; `test` runs the whole pipeline with a simulated delivery. */
export type Mode = 'live' | 'test';

/** Who is calling: account, plan, mode and scopes. `key_id` is null for a signed-in person. */
export interface Me {
  account: { id: string; name: string; plan: string; default_category: string | null };
  mode: Mode;
  scopes: string[];
  key_id: string | null;
}

/** An API key. Its secret is stored as a hash only; `prefix` is what can be shown. */
export interface ApiKey {
  id: string;
  name: string;
  mode: Mode;
  prefix: string;
  scopes: string[];
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  revoked_at: string | null;
}

/** A key just created: the only time its secret is shown. */
export interface ApiKeyWithSecret extends ApiKey {
  /** `nxm_live_…` or `nxm_test_…`: the value to send as a bearer token. */
  secret: string;
}

/** The body of `POST /v1/api_keys`. */
export interface CreateApiKey {
  name: string;
  /** Default: the mode of the caller. */
  mode?: Mode;
  /** Default: all. */
  scopes?: readonly string[];
  /** RFC 3339; absent: never. */
  expires_at?: string;
}

/** One DNS record a domain needs, and what the last check saw. */
export interface DomainRecord {
  purpose: 'dkim' | 'return_path' | 'dmarc' | 'tracking';
  type: string;
  host: string;
  value: string;
  required: boolean;
  status: 'pending' | 'ok' | 'mismatch' | 'missing' | 'error';
  seen: string[];
  checked_at: string | null;
  fix: string | null;
}

/** A sender domain. */
export interface Domain {
  id: string;
  name: string;
  status: 'pending' | 'verified' | 'degraded' | 'failed';
  records: DomainRecord[];
  created_at: string;
  verified_at: string | null;
}

/** An address that must not be mailed. */
export interface Suppression {
  id: string;
  address: string;
  scope: 'account' | 'category';
  category: string | null;
  /** `hard_bounce`, `complaint`, `unsubscribe` or `manual`. */
  reason: string;
  /** Only the recipient can undo it. */
  locked: boolean;
  note: string | null;
  source_event_id: string | null;
  created_at: string;
  expires_at: string | null;
}

/** The body of `POST /v1/suppressions`. */
export interface AddSuppression {
  address: string;
  /** Default `account`. */
  scope?: 'account' | 'category';
  category?: string;
  note?: string;
  expires_at?: string;
}
