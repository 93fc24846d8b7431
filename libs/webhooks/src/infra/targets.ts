import type { Sql, Statement } from '@nexoramail/platform';
import type { SecretBox } from './secret-box.js';

const KEYS: Statement = {
  name: 'keys_of_endpoints',
  text: `SELECT id, endpoint_id, sealed FROM secret WHERE endpoint_id = ANY ($1::uuid[]) AND (expires_at IS NULL OR expires_at > $2)
    ORDER BY expires_at DESC NULLS FIRST`,
};

/** Keys that sign now for these endpoints, the current one first. */
export async function keysOf(sql: Sql, box: SecretBox, endpointIds: readonly string[], now: Date): Promise<Map<string, Uint8Array[]>> {
  const keys = new Map<string, Uint8Array[]>();
  if (endpointIds.length === 0) return keys;
  const { rows } = await sql.query<{ id: string; endpoint_id: string; sealed: Buffer }>(KEYS, [[...new Set(endpointIds)], now]);
  for (const { id, endpoint_id: endpointId, sealed } of rows) keys.set(endpointId, [...(keys.get(endpointId) ?? []), box.open(endpointId, id, sealed)]);
  return keys;
}
