/** `live` sends for real; `test` runs the whole pipeline with a simulated delivery. */
export type Mode = 'live' | 'test';

/** What an account may do. */
export type Standing = 'pending_review' | 'sandbox' | 'active' | 'warned' | 'throttled' | 'restricted' | 'suspended' | 'terminated';

/** Who is calling: account, plan, scopes and, for an API key, the key. */
export interface Me {
  account: { id: string; name: string; standing: Standing };
  plan: { id: string; name: string } | string;
  mode: Mode;
  scopes: string[];
  key?: ApiKey | null;
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
  key: string;
}

/** The body of `POST /v1/api_keys`. */
export interface CreateApiKey {
  name: string;
  mode: Mode;
  scopes: readonly string[];
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
  created_at?: string;
}

/** An address that must not be mailed. */
export interface Suppression {
  id: string;
  address: string;
  scope: 'account' | 'category' | 'platform';
  category: string | null;
  reason: string;
  origin?: string | null;
  note?: string | null;
  locked?: boolean;
  source_event_id?: string | null;
  created_at: string;
  expires_at: string | null;
}

/** The body of `POST /v1/suppressions`. */
export interface AddSuppression {
  address: string;
  scope: 'account' | 'category';
  category?: string;
  note?: string;
  expires_at?: string;
}
