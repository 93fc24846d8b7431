import { PrismaPg } from '@prisma/adapter-pg';
import { prismaPool } from '@nexoramail/platform';
import { PrismaClient } from './generated/client.js';

/** Prisma for the reads and writes of this schema that are not hot, with one connection of its own; wrap each call in viaPrisma. */
export const openPrisma = (url: string): PrismaClient => new PrismaClient({ adapter: new PrismaPg(...prismaPool(url, 'mail', 1)), errorFormat: 'minimal' });
