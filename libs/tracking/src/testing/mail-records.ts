import { EmailView, mailEvents, MailEvent, type MailStep } from '@nexoramail/contracts';
import { ManualClock, IdSource, seededRandom } from '@nexoramail/kernel';
import type { BusRecord } from '@nexoramail/platform';

const ids = new IdSource(new ManualClock(), seededRandom(7));

/** Ids for specs: UUIDv7 of 2026-03-01. */
export const uuid = (): string => ids.uuid();

/** What a spec says about a message; the rest is filled in. */
export interface SampleMessage {
  readonly accountId: string;
  readonly mode?: string;
  readonly messageId?: string;
  readonly recipients?: readonly string[];
  readonly at?: Date;
  readonly view?: Partial<EmailView>;
}

/** Records of one message, as dispatch writes them. */
export class MailRecords {
  readonly accountId: string;
  readonly mode: string;
  readonly messageId: string;
  readonly at: Date;
  private readonly recipients: readonly string[];
  private readonly view: Partial<EmailView>;

  constructor({ accountId, mode = 'live', messageId = uuid(), recipients = ['ann@shop.example'], at = new Date('2026-03-01T09:00:00.000Z'), view = {} }: SampleMessage) {
    this.accountId = accountId;
    this.mode = mode;
    this.messageId = messageId;
    this.recipients = recipients;
    this.at = at;
    this.view = view;
  }

  /** The record of acceptance: `accepted` and `queued` of every recipient. */
  accepted(): BusRecord {
    const accepted = EmailView.fromPartial({
      id: this.messageId, messageIdHeader: `<${this.messageId}@nexora.example>`, from: 'Shop <no-reply@shop.example>', category: 'commerce.receipt', source: 'rest',
      createdAt: this.at, mode: this.mode, ...this.view,
      recipients: this.recipients.map((address, index) => ({ index, address, status: 'queued', kind: 'to', displayName: `Name ${index}` })),
    });
    return this.record(this.recipients.flatMap((_, index) => [this.step(index, 'email.accepted', 'accepted', 0), this.step(index, 'email.queued', 'queued', 0)]), { accepted });
  }

  /** The record of one attempt that ended well. */
  delivered(index = 0, afterMs = 1000): BusRecord {
    const smtp = { code: 250, enhanced: '2.0.0', text: 'ok', mx: 'mx.shop.example', tls: 'TLSv1.3' };
    return this.record(
      [this.step(index, 'email.sent', 'sending', afterMs, { attempt: 1 }), this.step(index, 'email.delivered', 'delivered', afterMs, { attempt: 1, smtp })],
      { attempt: {
        id: uuid(), recipientIndex: index, n: 1, startedAt: new Date(this.at.getTime() + afterMs - 50), endedAt: new Date(this.at.getTime() + afterMs), mx: 'mx.shop.example',
        ip: '192.0.2.1', tlsVersion: 'TLSv1.3', tlsCipher: 'TLS_AES_128_GCM_SHA256', tlsVerified: false, outcome: 'accepted', smtp,
        transcript: [{ atMs: 0, dir: 's', line: '220 mx.shop.example' }, { atMs: 1, dir: 'c', line: 'EHLO out.nexora.example' }],
      } },
    );
  }

  /** The record of one other step. */
  told(type: string, status: string, afterMs: number, more: Partial<MailStep> & { index?: number } = {}): BusRecord {
    return this.record([this.step(more.index ?? 0, type, status, afterMs, more)]);
  }

  private step(index: number, type: string, status: string, afterMs: number, more: Partial<MailStep> = {}): Partial<MailStep> {
    return { type, status, recipientIndex: index, address: this.recipients[index] ?? '', at: new Date(this.at.getTime() + afterMs), ...more };
  }

  private record(steps: readonly Partial<MailStep>[], more: object = {}): BusRecord {
    const value = MailEvent.fromPartial({
      accountId: this.accountId, mode: this.mode, messageId: this.messageId, steps: [...steps],
      context: { messageIdHeader: `<${this.messageId}@nexora.example>`, category: this.view.category ?? 'commerce.receipt', tags: this.view.tags ?? [], metadata: this.view.metadata ?? {} },
      ...more,
    });
    return { topic: mailEvents.name, key: this.messageId, eventId: uuid(), type: steps[0]?.type ?? 'none', payload: MailEvent.encode(value).finish(), headers: {} };
  }
}
