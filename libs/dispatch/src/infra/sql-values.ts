import type { Reply } from '../domain/outcome.js';

/** Binary values of one statement, sent as a single `bytea`: `pg` would send `bytea[]` as hexadecimal text. Places count from 1, as SQL's do. */
export class Blob {
  private readonly parts: Uint8Array[] = [];
  private length = 0;

  /** Adds bytes and answers where they begin. */
  add(bytes: Uint8Array): number {
    const start = this.length + 1;
    this.parts.push(bytes);
    this.length += bytes.byteLength;
    return start;
  }

  bytes(): Buffer {
    return Buffer.concat(this.parts, this.length);
  }
}

/** A reply as the `jsonb` columns keep it. */
export function replyJson(reply: Reply | undefined): string | null {
  return reply === undefined ? null : JSON.stringify(reply);
}

/** The reply of a `jsonb` column that we wrote. */
export function replyOf(value: unknown): Reply | undefined {
  if (typeof value !== 'object' || value === null || !('code' in value)) return undefined;
  const { code, enhanced, text, mx, tls } = value as Partial<Record<keyof Reply, unknown>>;
  const textOf = (part: unknown): string => (typeof part === 'string' ? part : '');
  return { code: Number(code), enhanced: textOf(enhanced), text: textOf(text), mx: textOf(mx), tls: textOf(tls) };
}
