import type { AcceptedEmail, EmailEvent } from '@nexoramail/sdk';
import { duration, paint, plain, type Paint, type Style } from './text.js';

/** How an event looks: its colour, and the mark before its word. */
const LOOKS: Readonly<Record<string, { readonly mark: string; readonly colour?: Paint }>> = {
  delivered: { mark: '✓', colour: 'green' },
  bounced: { mark: '✗', colour: 'red' },
  failed: { mark: '✗', colour: 'red' },
  rejected: { mark: '✗', colour: 'red' },
  expired: { mark: '✗', colour: 'red' },
  complained: { mark: '✗', colour: 'red' },
  suppressed: { mark: '⊘', colour: 'yellow' },
  canceled: { mark: '⊘', colour: 'yellow' },
  delayed: { mark: '↻', colour: 'yellow' },
};
const FINAL: ReadonlySet<string> = new Set(['delivered', 'bounced', 'failed', 'rejected', 'expired', 'suppressed', 'canceled']);
const WORD_WIDTH = 10;
const TIME_WIDTH = 11;
const MAX_REPLY = 160;

/** The status that an event leads to: `email.delivered` → `delivered`. */
export const wordOf = ({ type }: { readonly type: string }): string => type.replace(/^email\./, '');

/** True for an event that ends a recipient's story; a bounce report after delivery does not. */
export const isFinal = (event: EmailEvent): boolean => FINAL.has(wordOf(event)) && event.data.late !== true;

/** What a server said, why it counts as what it does, and when the next try is: the words behind an event. */
export function eventDetail({ timestamp, data }: EmailEvent): string {
  const { smtp, classification, reason } = data;
  const parts: string[] = [];
  if (smtp) {
    const reply = [smtp.code, smtp.enhanced, smtp.text].filter((part) => part !== null && part !== '').join(' ');
    parts.push(reply.length > MAX_REPLY ? `${reply.slice(0, MAX_REPLY)}…` : reply);
  }
  if (classification) parts.push(`${classification.class}, ${classification.reason}`);
  else if (reason) parts.push(reason);
  if (data.late) parts.push('reported after the delivery');
  const wait = data.next_attempt_at ? Date.parse(data.next_attempt_at) - Date.parse(timestamp) : Number.NaN;
  if (!Number.isNaN(wait)) parts.push(`next try in ${duration(wait)}`);
  const place = [smtp?.mx, typeof smtp?.tls === 'string' ? smtp.tls : undefined].filter(Boolean).join(', ');
  if (place !== '') parts.push(place);
  return plain(parts.filter((part) => part !== '').join(' · '));
}

/** Draws the story of one message line by line, as its events come. Pure: lines go in and out. */
export class Timeline {
  private readonly open: Set<string>;
  private readonly several: boolean;
  private began: number | undefined;

  constructor(private readonly title: string, private readonly email: Pick<AcceptedEmail, 'id' | 'recipients'>, private readonly style: Style) {
    this.open = new Set(email.recipients.map(({ id }) => id));
    this.several = email.recipients.length > 1;
  }

  /** Every recipient's story has ended. */
  get ended(): boolean {
    return this.open.size === 0;
  }

  /** The line above the events. */
  head(): string {
    const id = paint(this.style, 'dim', plain(this.email.id));
    const title = paint(this.style, 'bold', plain(this.title));
    return `${this.style.shapes ? '● ' : ''}${title}  ${id}`;
  }

  /** The line of an event; times count from the first one, in the service's own time. */
  line(event: EmailEvent): string {
    const at = Date.parse(event.timestamp);
    this.began ??= at;
    if (isFinal(event)) this.open.delete(event.data.recipient.id);
    const word = plain(wordOf(event));
    const { mark, colour } = LOOKS[word] ?? { mark: ' ' };
    const cells = [
      this.style.shapes ? `${this.branch()}${paint(this.style, colour, `${mark} ${word.padEnd(WORD_WIDTH)}`)}` : `  ${word.padEnd(WORD_WIDTH)}`,
      paint(this.style, 'dim', duration(at - this.began).padStart(TIME_WIDTH)),
      ...(this.several ? [paint(this.style, 'cyan', plain(event.data.recipient.address))] : []),
      eventDetail(event),
    ];
    return cells.join('  ').trimEnd();
  }

  /** A remark between events. */
  note(text: string): string {
    return this.style.shapes ? `${paint(this.style, 'dim', '┊')}  ${paint(this.style, 'dim', plain(text))}` : `  (${plain(text)})`;
  }

  private branch(): string {
    return paint(this.style, 'dim', this.ended ? '└─' : '├─');
  }
}
