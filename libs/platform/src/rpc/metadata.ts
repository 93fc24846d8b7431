import { Metadata } from '@grpc/grpc-js';
import type { CallMetadata } from './call-context.js';

const KEYS = { accountId: 'nexora-account', requestId: 'nexora-request', traceparent: 'traceparent' } as const;
// Visible ASCII: what HTTP/2 carries in a header without encoding. Our ids and trace contexts are of it.
const CARRIED = /^[\x21-\x7e]{1,200}$/;

/** A call's metadata as gRPC headers. Values that a header cannot carry are left out. */
export function toHeaders(call: CallMetadata): Metadata {
  const metadata = new Metadata();
  for (const [name, key] of Object.entries(KEYS) as [keyof CallMetadata, string][]) {
    const value = call[name];
    if (value !== undefined && CARRIED.test(value)) metadata.set(key, value);
  }
  return metadata;
}

/** The metadata of gRPC headers. */
export function fromHeaders(metadata: Metadata): CallMetadata {
  const call: { -readonly [K in keyof CallMetadata]: CallMetadata[K] } = {};
  for (const [name, key] of Object.entries(KEYS) as [keyof CallMetadata, string][]) {
    const [value] = metadata.get(key);
    if (typeof value === 'string' && CARRIED.test(value)) call[name] = value;
  }
  return call;
}
