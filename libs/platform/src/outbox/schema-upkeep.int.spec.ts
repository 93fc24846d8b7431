import { expect, test } from '@jest/globals';
import { ManualClock } from '@nexoramail/kernel';
import { Database } from '../postgres/database.js';
import { eventually } from '../testing/eventually.js';
import { RecordingBus } from '../testing/fakes.js';
import { sharedTablesMigrations } from '../testing/shared-tables.js';
import { testRuntime } from '../testing/test-runtime.js';
import { usePostgres } from '../testing/use-postgres.js';
import { insertOutbox } from './outbox-record.js';
import { SchemaUpkeep } from './schema-upkeep.js';

const postgres = usePostgres({ schema: 'mail', migrations: sharedTablesMigrations() });
const base = testRuntime();
const uuid = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const write = (n: number, at: Date) => postgres.db.transaction((tx) => insertOutbox(tx, [{ topic: 't', key: 'k', eventId: uuid(n), type: 'x', payload: Uint8Array.of(1) }], at));

test('embedded: the next process takes over the leases of a killed one at once, and the service is ready and settled', async () => {
  const bus = new RecordingBus();
  const runtime = { ...base, bus, wall: new ManualClock() }; // real time stands still: a lease that is not ours never ends
  const open = (): Database => Database.open({ url: postgres.url, schema: 'mail', max: 2 });
  const sent = (): string[] => bus.published.map(({ eventId }) => eventId);

  const killedDb = open();
  const killed = new SchemaUpkeep(runtime, { db: killedDb });
  await killed.prepare();
  killed.start();
  await write(1, base.manual.now());
  await eventually(() => Promise.resolve(expect(sent()).toEqual([uuid(1)])));
  await killedDb.close(); // it never gives its leases back

  const db = open();
  const upkeep = new SchemaUpkeep(runtime, { db });
  await upkeep.prepare();
  upkeep.start();
  await write(2, base.manual.now());
  await eventually(() => Promise.resolve(expect(sent()).toContain(uuid(2))));
  await eventually(async () => expect(await base.settle.busy()).toEqual(['outbox:mail'])); // the killed one's only
  expect((await base.health.readiness()).ready).toBe(true);
  await killed.stop();
  await upkeep.stop();
  expect(await base.settle.busy()).toEqual([]);
  await db.close();
});
