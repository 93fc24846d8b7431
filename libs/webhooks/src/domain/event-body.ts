/** The body of a post (Standard Webhooks 1.0): `{type, timestamp, data}` in UTF-8. */
export function eventBody(type: string, at: Date, data: Readonly<Record<string, unknown>>): Uint8Array {
  return Buffer.from(JSON.stringify({ type, timestamp: at.toISOString(), data }), 'utf8');
}
