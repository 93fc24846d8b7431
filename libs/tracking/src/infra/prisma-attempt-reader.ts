import { viaPrisma } from '@nexoramail/platform';
import type { AttemptReader } from '../application/ports.js';
import type { Attempt, DialogueLine } from '../domain/attempt.js';
import { addDays, dayOfMessage, utcDay, type FeedScope } from '../domain/message-view.js';
import type { Attempt as AttemptRow, PrismaClient } from './prisma/generated/client.js';

/** Reads of table `attempt`. */
export class PrismaAttemptReader implements AttemptReader {
  constructor(private readonly prisma: PrismaClient) {}

  async ofMessage({ accountId, mode }: FeedScope, messageId: string, since: Date): Promise<Attempt[]> {
    const firstDay = [addDays(dayOfMessage(messageId), -1), utcDay(since)].sort().at(-1) ?? '1970-01-01';
    const rows = await viaPrisma(() => this.prisma.attempt.findMany({
      where: { messageId, accountId, mode, day: { gte: new Date(`${firstDay}T00:00:00Z`) }, endedAt: { gte: since } },
      orderBy: [{ recipientIndex: 'asc' }, { n: 'asc' }, { startedAt: 'asc' }],
      take: 1000,
    }));
    return rows.map(toAttempt);
  }
}

function toAttempt({ smtp, transcript, ...row }: AttemptRow): Attempt {
  return {
    accountId: row.accountId, mode: row.mode, id: row.id, messageId: row.messageId, recipientIndex: row.recipientIndex, n: row.n,
    startedAt: row.startedAt, endedAt: row.endedAt, mx: row.mx, ip: row.ip, tlsVersion: row.tlsVersion, tlsCipher: row.tlsCipher,
    tlsVerified: row.tlsVerified, outcome: row.outcome,
    // Written by PgIngestStore in these very forms.
    smtp: (smtp as Attempt['smtp'] | null) ?? undefined,
    transcript: transcript as unknown as DialogueLine[],
  };
}
