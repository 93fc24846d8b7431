import { createHash, randomBytes, randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  AccountAdminServiceService, ApiKeysServiceService, DomainsServiceService, StandingsServiceService, type AccountAdminService, type ApiKeysService, type Domain, type DomainsService, type StandingsService,
} from '@nexoramail/contracts';
import { publicId, uuidOfBytes, type Mode } from '@nexoramail/kernel';
import type { Runtime } from '@nexoramail/platform';
import type { DemoFile, DemoPerson } from './demo-file.js';

/** Publishes a record in the sandbox's DNS. */
export type Publish = (record: { name: string; type: string; values: string[] }) => void;

/** What the seed makes: everything of `demo.json` that is not an address. */
export type DemoIdentity = Pick<DemoFile, 'api_key' | 'test_api_key' | 'account_id' | 'domain' | 'sender' | 'owner' | 'staff'>;

const DOMAIN = 'shop.nexora.test';
/** Fixed ids, so that a seed that was cut off goes on where it was. */
const uuid = (name: string): string => {
  const bytes = createHash('sha256').update(`nexoramail demo ${name}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return uuidOfBytes(bytes);
};
const ACCOUNT = uuid('account');

const WORDS = ['amber', 'birch', 'cedar', 'delta', 'ember', 'fjord', 'grove', 'harbor', 'indigo', 'juniper', 'kestrel', 'lagoon', 'meadow', 'nectar', 'orchid', 'pepper', 'quartz', 'river', 'saffron', 'timber', 'umber', 'velvet', 'willow', 'zephyr'];
const password = (): string => `${Array.from({ length: 4 }, () => WORDS[randomInt(WORDS.length)]).join('-')}-${randomInt(100, 1000)}`;
const totpSecret = (): string => [...randomBytes(32)].map((byte) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.charAt(byte & 31)).join('');
const person = (email: string): DemoPerson => ({ email, password: password(), totp_secret: totpSecret() });

/** The demo's owner and its member of staff. */
export interface DemoPeople {
  readonly owner: DemoPerson;
  readonly staff: DemoPerson;
}

/** The people of this folder. On disk before they are in the database: a seed that was cut off goes on with the same passwords. */
export function loadPeople(dataDir: string): DemoPeople {
  const file = join(dataDir, 'keys', 'demo-people.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as DemoPeople;
  const people = { owner: person(`owner@${DOMAIN}`), staff: person('staff@nexora.test') };
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, JSON.stringify(people), { mode: 0o600, flush: true });
  return people;
}

/**
 * Makes the demo account through the same services that customers and staff use: Growth, active, exempt from warm-up, a verified domain, a key
 * of each mode. Repeatable: what exists is kept, also after a crash in the middle.
 */
export async function seedDemo(runtime: Runtime, people: DemoPeople, kept: DemoIdentity | undefined, publish: Publish): Promise<DemoIdentity> {
  const admin = runtime.rpc.client<AccountAdminService>(AccountAdminServiceService);
  const domains = runtime.rpc.client<DomainsService>(DomainsServiceService);
  const standings = runtime.rpc.client<StandingsService>(StandingsServiceService);
  const scope = { accountId: ACCOUNT, mode: 'live' };
  const found = kept && (await domains.listDomains({ scope, page: undefined })).domains.find(({ name }) => name === DOMAIN);
  if (found) {
    publishRecords(found, publish);
    return kept;
  }
  const { owner, staff } = people;
  await admin.createAccount({ accountId: ACCOUNT, name: 'Demo Shop', plan: 'growth', defaultCategory: 'account.notice', warmupExempt: true });
  await admin.createUser({ userId: uuid('owner'), accountId: ACCOUNT, email: owner.email, password: owner.password, role: 'owner', totpSecret: owner.totp_secret });
  await admin.createUser({ userId: uuid('staff'), accountId: '', email: staff.email, password: staff.password, role: 'staff_admin', totpSecret: staff.totp_secret });
  await standings.setStanding({ accountId: ACCOUNT, standing: 'active', reason: 'The demo account of the embedded default', actor: 'system' });
  await verifiedDomain(domains, scope, publish);
  const keys = runtime.rpc.client<ApiKeysService>(ApiKeysServiceService);
  const key = async (mode: Mode): Promise<string> => (await keys.createApiKey({ accountId: ACCOUNT, mode, name: `demo ${mode}`, scopes: [], expiresAt: undefined })).secret;
  return { api_key: await key('live'), test_api_key: await key('test'), account_id: publicId('acc', ACCOUNT), domain: DOMAIN, sender: `Demo Shop <receipts@${DOMAIN}>`, owner, staff };
}

async function verifiedDomain(domains: DomainsService, scope: { accountId: string; mode: string }, publish: Publish): Promise<void> {
  const listed = (await domains.listDomains({ scope, page: undefined })).domains.find(({ name }) => name === DOMAIN);
  const domain = listed ?? (await domains.createDomain({ scope, name: DOMAIN })).domain;
  if (!domain) throw new Error('compliance answered without a domain');
  publishRecords(domain, publish);
  const { domain: checked } = await domains.verifyDomain({ scope, domainId: domain.id });
  if (checked?.status !== 'verified') {
    const faults = checked?.records.filter(({ required, status }) => required && status !== 'ok').map(({ host, status }) => `${host} is ${status}`);
    throw new Error(`The demo's domain could not be verified against the sandbox's DNS: ${faults?.join(', ') ?? 'no answer'}`);
  }
}

/** The sandbox's zone is in memory: what the domain needs is published at every start. */
function publishRecords(domain: Domain, publish: Publish): void {
  for (const { host, type, value } of domain.records) publish({ name: host, type, values: [value] });
}
