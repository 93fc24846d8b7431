import type { Monotonic } from '@nexoramail/kernel';

const ENTRIES = 50_000;

/**
 * Messages per key: `perSecond` sustained, twice that at once, as REST requests have it (`NEXORA_RATE_LIMIT`). A message is a request: MAIL is
 * where it is counted, before its bytes are sent. Each door and each process counts for itself.
 */
export class MessageRate {
  /** Messages that a key is ahead of its rate, as of a time. */
  private readonly ahead = new Map<string, { readonly messages: number; readonly at: number }>();

  constructor(private readonly monotonic: Monotonic, readonly perSecond: number) {}

  /** Takes one; milliseconds to wait when there is none, 0 when it was taken. */
  take(keyId: string): number {
    const now = this.monotonic.now();
    const last = this.ahead.get(keyId) ?? { messages: 0, at: now };
    const messages = Math.max(0, last.messages - ((now - last.at) / 1000) * this.perSecond) + 1;
    const over = messages - 2 * this.perSecond;
    if (over > 1e-6) return (over / this.perSecond) * 1000;
    this.ahead.delete(keyId);
    this.ahead.set(keyId, { messages, at: now });
    if (this.ahead.size > ENTRIES) this.ahead.delete(this.ahead.keys().next().value ?? '');
    return 0;
  }
}
