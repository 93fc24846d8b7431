import type { Monotonic } from '@nexoramail/kernel';

const ENTRIES = 50_000;

/**
 * Messages per key: `perSecond` sustained, twice that at once, as REST requests have it (`NEXORA_RATE_LIMIT`). A message is a request: MAIL is
 * where it is counted, before its bytes are sent. Each door and each process counts for itself. Generic cell rate: one number a key.
 */
export class MessageRate {
  private readonly due = new Map<string, number>();
  private readonly gapMs: number;
  private readonly aheadMs: number;

  constructor(private readonly monotonic: Monotonic, readonly perSecond: number) {
    this.gapMs = 1000 / perSecond;
    this.aheadMs = (2 * perSecond - 1) * this.gapMs;
  }

  /** Takes one; milliseconds to wait when there is none, 0 when it was taken. */
  take(keyId: string): number {
    const now = this.monotonic.now();
    const due = Math.max(this.due.get(keyId) ?? now, now);
    const wait = due - now - this.aheadMs;
    if (wait > 1e-6) return wait;
    this.due.delete(keyId);
    this.due.set(keyId, due + this.gapMs);
    if (this.due.size > ENTRIES) this.due.delete(this.due.keys().next().value ?? '');
    return 0;
  }
}
