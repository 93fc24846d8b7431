import { TERMINAL_STATUSES, type RecipientStatus } from '@nexoramail/kernel';

/** What the ledger holds against the system; empty lists and `duplicates` ≤ `allowedDuplicates` are green. */
export interface LedgerVerdict {
  readonly accepted: number;
  readonly sunk: number;
  /** Accepted copies that neither arrived nor ended nor wait with a reason. */
  readonly lost: readonly string[];
  /** Copies at the sink beyond the first. */
  readonly duplicates: number;
  /** Deliveries in flight at each kill plus cuts after the final dot. */
  readonly allowedDuplicates: number;
  /** At the sink, although the client was never told and the request was not ambiguous. */
  readonly strangers: readonly string[];
  /** More than one terminal event, or webhook id, or a terminal event followed by anything but one late bounce. */
  readonly contradictions: readonly string[];
  readonly green: boolean;
}

interface Copy {
  known: 'accepted' | 'ambiguous' | 'no';
  sunk: number;
  waiting: boolean;
  readonly terminal: string[];
  readonly webhookIds: Set<string>;
  lateBounces: number;
}

const terminalTypes = new Set([...TERMINAL_STATUSES].map((status: RecipientStatus) => `email.${status}`));

/**
 * The ledger of a fault run (`security.md` §3): what clients were told against what the sink, the feed and the webhooks show. A copy is one
 * message for one recipient, named by the message's own header, which the test makes, and the address.
 */
export class Ledger {
  private readonly copies = new Map<string, Copy>();
  private allowed = 0;

  /** The client saw 202 or 250. */
  accepted(message: string, recipients: readonly string[]): void {
    for (const recipient of recipients) this.copy(message, recipient).known = 'accepted';
  }

  /** The client lost the line before an answer: the message may exist, once. */
  ambiguous(message: string, recipients: readonly string[]): void {
    for (const recipient of recipients) {
      const copy = this.copy(message, recipient);
      if (copy.known === 'no') copy.known = 'ambiguous';
    }
  }

  /** It arrived. */
  sunk(message: string, recipient: string): void {
    this.copy(message, recipient).sunk += 1;
  }

  /** It is queued, held or scheduled at the end of the run, with a reason. */
  waiting(message: string, recipient: string): void {
    this.copy(message, recipient).waiting = true;
  }

  /** A public event of the feed; events that are not terminal are ignored. */
  event(message: string, recipient: string, type: string, options: { readonly late?: boolean } = {}): void {
    const copy = this.copy(message, recipient);
    if (type === 'email.bounced' && options.late === true) copy.lateBounces += 1;
    else if (terminalTypes.has(type)) copy.terminal.push(type);
  }

  /** The id of a webhook call about the copy's terminal event. */
  webhook(message: string, recipient: string, webhookId: string): void {
    this.copy(message, recipient).webhookIds.add(webhookId);
  }

  /** Duplicates that the fault just done may cause: deliveries in flight at a kill, or one for a cut after the final dot. */
  allowDuplicates(count: number): void {
    this.allowed += count;
  }

  verdict(): LedgerVerdict {
    const entries = [...this.copies];
    const names = (wrong: (copy: Copy) => boolean): string[] => entries.filter(([, copy]) => wrong(copy)).map(([name]) => name);
    const lost = names((copy) => copy.known === 'accepted' && copy.sunk === 0 && !copy.waiting && copy.terminal.length === 0);
    const strangers = names((copy) => copy.known === 'no' && copy.sunk > 0);
    const contradictions = names(contradicts);
    const duplicates = entries.reduce((sum, [, { sunk }]) => sum + Math.max(0, sunk - 1), 0);
    return {
      accepted: names(({ known }) => known === 'accepted').length,
      sunk: names(({ sunk }) => sunk > 0).length,
      lost, duplicates, strangers, contradictions,
      allowedDuplicates: this.allowed,
      green: lost.length + strangers.length + contradictions.length === 0 && duplicates <= this.allowed,
    };
  }

  private copy(message: string, recipient: string): Copy {
    const name = `${message} ${recipient}`;
    const found = this.copies.get(name) ?? { known: 'no', sunk: 0, waiting: false, terminal: [], webhookIds: new Set(), lateBounces: 0 };
    this.copies.set(name, found);
    return found;
  }
}

function contradicts({ terminal, webhookIds, lateBounces, sunk, waiting }: Copy): boolean {
  const [end] = terminal;
  return terminal.length > 1 || webhookIds.size > 1 || lateBounces > 1 || (lateBounces === 1 && end !== 'email.delivered')
    || (end === 'email.delivered' && sunk === 0) || (end !== undefined && waiting);
}
