import type { PageKey } from '@nexoramail/kernel';
import { viaPrisma } from '@nexoramail/platform';
import type { AttemptReader, StoredAttempt } from '../application/ports.js';
import type { PrismaClient } from './prisma/generated/client.js';

/** Reads of table `attempt`. */
export class PrismaAttemptReader implements AttemptReader {
  constructor(private readonly prisma: PrismaClient) {}

  async list(endpointId: string, before: PageKey | undefined, limit: number): Promise<StoredAttempt[]> {
    const rows = await viaPrisma(() => this.prisma.attempt.findMany({
      where: {
        endpointId,
        ...(before && { day: { lte: before.at }, OR: [{ at: { lt: before.at } }, { at: before.at, id: { lt: before.id } }] }),
      },
      orderBy: [{ at: 'desc' }, { id: 'desc' }],
      take: limit,
    }));
    return rows.map(({ id, eventId, eventType, n, at, status, durationMs, error, responseHead, nextAttemptAt }) => ({
      id, eventId, eventType, n, at, status, durationMs, error, responseHead, nextAttemptAt: nextAttemptAt ?? undefined,
    }));
  }
}
