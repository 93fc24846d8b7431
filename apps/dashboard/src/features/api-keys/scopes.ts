/** The scopes a key can have, grouped as people think of them. */
export const SCOPE_GROUPS: readonly { readonly label: string; readonly scopes: readonly string[] }[] = [
  { label: 'Mail', scopes: ['emails:send', 'emails:read', 'events:read', 'templates:read', 'templates:write'] },
  { label: 'Set-up', scopes: ['domains:read', 'domains:write', 'suppressions:read', 'suppressions:write', 'webhooks:read', 'webhooks:write'] },
  { label: 'Account', scopes: ['api_keys:read', 'api_keys:write', 'account:read', 'account:write'] },
];

/** Every scope. */
export const ALL_SCOPES: readonly string[] = SCOPE_GROUPS.flatMap(({ scopes }) => scopes);

/** What a set of scopes means, in a few words. */
export function describeScopes(scopes: readonly string[]): string {
  if (ALL_SCOPES.every((scope) => scopes.includes(scope))) return 'Everything';
  if (scopes.length === 1 && scopes[0] === 'emails:send') return 'Sending only';
  return scopes.length <= 2 ? scopes.join(', ') : `${scopes[0]} and ${scopes.length - 1} more`;
}

/** When a key of a chosen life ends, as RFC 3339; undefined for one without end. */
export function expiryOf(days: string, nowMs: number): string | undefined {
  const n = Number(days);
  return Number.isInteger(n) && n > 0 ? new Date(nowMs + n * 86_400_000).toISOString() : undefined;
}
