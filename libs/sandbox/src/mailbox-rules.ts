import type { Clock } from '@nexoramail/kernel';

/** A reply the sandbox gives: code, RFC 3463 code, text. */
export interface SandboxReply {
  readonly code: number;
  readonly enhanced: string;
  readonly text: string;
}

/** What a mailbox does with a transaction once its recipient was taken. */
export interface MailboxVerdict {
  /** The answer to RCPT. */
  readonly reply: SandboxReply;
  /** The connection is closed after the reply. */
  readonly close?: boolean;
  /** Milliseconds before each reply line, from this RCPT to the end of the transaction. */
  readonly paceMs?: number;
  /** After the final dot: nothing is stored or answered (`lose`), or it is stored and not answered (`keep`). */
  readonly cut?: 'lose' | 'keep';
  /** A report to the return path after the 250. */
  readonly report?: 'dsn' | 'complaint';
}

const MAX_ADDRESSES = 100_000;
const GREYLIST_MS = 300_000;
const taken: MailboxVerdict = { reply: { code: 250, enhanced: '2.1.5', text: 'recipient ok' } };
const refusal = (code: number, enhanced: string, text: string): MailboxVerdict => ({ reply: { code, enhanced, text } });

/** The local part that decides: lower-cased, without quotes and without `+label`. */
export function scriptName(address: string): string {
  const local = address.slice(0, Math.max(address.lastIndexOf('@'), 0)).toLowerCase().replace(/^"(.*)"$/, '$1');
  const plus = local.indexOf('+');
  return plus < 0 ? local : local.slice(0, plus);
}

/**
 * The scripted mailboxes (interfaces.md §6): the local part decides, a `+label` is allowed, counts are kept by full
 * address. The grey list runs on business time, so the test clock moves it.
 */
export class MailboxRules {
  private readonly tries = new Map<string, number>();
  private readonly firstTry = new Map<string, number>();
  private readonly cutOnce = new Set<string>();

  constructor(private readonly clock: Clock) {}

  /** Decides about one RCPT and counts it. */
  recipient(address: string): MailboxVerdict {
    switch (scriptName(address)) {
      case 'bounce': return refusal(550, '5.1.1', 'no such user here');
      case 'full': return refusal(552, '5.2.2', 'mailbox full');
      case 'blocked': return refusal(550, '5.7.1', 'message refused by policy');
      case 'unavailable': return refusal(451, '4.3.0', 'mailbox temporarily unavailable');
      case 'defer': return this.count(address) <= 2 ? refusal(451, '4.3.0', 'try again later') : taken;
      case 'greylist': return this.greylisted(address) ? refusal(451, '4.7.1', 'greylisted, try again in 300 seconds') : taken;
      case 'slow': return { ...taken, paceMs: 2_000 };
      case 'tarpit': return { ...taken, paceMs: 60_000 };
      case 'drop': return { ...taken, cut: 'lose' };
      case 'drop-once': return this.cutOnce.has(address.toLowerCase()) ? taken : { ...taken, cut: 'keep' };
      case 'refuse': return { ...refusal(421, '4.3.2', 'system not accepting mail, closing'), close: true };
      case 'dsn': return { ...taken, report: 'dsn' };
      case 'complaint': return { ...taken, report: 'complaint' };
      default: return taken;
    }
  }

  /** Notes that `drop-once@` was cut, which happens once for each address. */
  cut(address: string): void {
    if (this.cutOnce.size >= MAX_ADDRESSES) this.cutOnce.clear();
    this.cutOnce.add(address.toLowerCase());
  }

  /** Forgets all counts. */
  reset(): void {
    this.tries.clear();
    this.firstTry.clear();
    this.cutOnce.clear();
  }

  private count(address: string): number {
    return bump(this.tries, address.toLowerCase(), (n) => (n ?? 0) + 1);
  }

  private greylisted(address: string): boolean {
    const now = this.clock.now().getTime();
    const first = bump(this.firstTry, address.toLowerCase(), (at) => at ?? now);
    return now - first < GREYLIST_MS;
  }
}

/** Sets a key's value from its last one; the address not seen for longest makes room. */
function bump(map: Map<string, number>, key: string, next: (value: number | undefined) => number): number {
  const value = next(map.get(key));
  map.delete(key);
  map.set(key, value);
  if (map.size > MAX_ADDRESSES) for (const oldest of map.keys()) { map.delete(oldest); break; }
  return value;
}
