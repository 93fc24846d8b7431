import { PrismaPg } from '@prisma/adapter-pg';
import type { AttemptReader } from '../application/ports.js';
import type { Attempt, DialogueLine } from '../domain/attempt.js';
import { addDays, dayOfMessage, utcDay, type FeedScope } from '../domain/message-view.js';
import { PrismaClient, type Attempt as AttemptRow } from './prisma/generated/client.js';

/** Prisma's client on this context's schema, with one connection of its own: for reads that are not hot. */
export function openPrisma(url: string): PrismaClient {
  return new PrismaClient({ adapter: new PrismaPg({ connectionString: url, max: 1, application_name: 'nexora-tracking-prisma', connectionTimeoutMillis: 2000 }, { schema: 'tracking' }) });
}

/** Reads of table `attempt`. */
export class PrismaAttemptReader implements AttemptReader {
  constructor(private readonly prisma: PrismaClient) {}

  async ofMessage({ accountId, mode }: FeedScope, messageId: string, since: Date): Promise<Attempt[]> {
    const firstDay = [addDays(dayOfMessage(messageId), -1), utcDay(since)].sort().at(-1) ?? '1970-01-01';
    const rows = await this.prisma.attempt.findMany({
      where: { messageId, accountId, mode, day: { gte: new Date(`${firstDay}T00:00:00Z`) }, endedAt: { gte: since } },
      orderBy: [{ recipientIndex: 'asc' }, { n: 'asc' }, { startedAt: 'asc' }],
      take: 1000,
    });
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
