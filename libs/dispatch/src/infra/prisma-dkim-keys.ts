import type { Clock, Random } from '@nexoramail/kernel';
import { dkimRecord, generateDkimKey } from '@nexoramail/mail';
import { viaPrisma } from '@nexoramail/platform';
import type { DkimKeyRecords, DkimKeyWish } from '../application/ports/key-ports.js';
import type { PrismaClient } from './prisma/generated/client.js';
import { sealDkimKey } from './sealed-dkim-key.js';

/** DKIM keys as they are made and published. A private key is sealed before it is stored and never read here. */
export class PrismaDkimKeys implements DkimKeyRecords {
  constructor(private readonly prisma: PrismaClient, private readonly wrappingKey: Uint8Array, private readonly clock: Clock, private readonly random: Random) {}

  async findRecord(domainId: string, selector: string): Promise<string | undefined> {
    const found = await viaPrisma(() => this.prisma.dkimKey.findUnique({ where: { domainId_selector: { domainId, selector } }, select: { record: true } }));
    return found?.record;
  }

  async create({ accountId, domainId, domain, selector, algorithm }: DkimKeyWish): Promise<void> {
    const { privateKey, publicKey } = await generateDkimKey(algorithm === 'ed25519-sha256' ? 'ed25519' : 'rsa');
    const sealed = Uint8Array.from(sealDkimKey(this.wrappingKey, domainId, selector, privateKey, this.random));
    const row = { domainId, selector, accountId, domain, algorithm, record: dkimRecord(publicKey).value, sealed, createdAt: this.clock.now() };
    await viaPrisma(() => this.prisma.dkimKey.createMany({ data: [row], skipDuplicates: true }));
  }
}
