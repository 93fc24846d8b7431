import { expect, test } from '@jest/globals';
import { ManualClock } from '@nexoramail/kernel';
import { silentLogger, type Logger } from '../log/logger.js';
import { prometheusText } from '../telemetry/prometheus.js';
import { LocalTelemetry } from '../telemetry/telemetry.js';
import { sharedTablesMigrations } from '../testing/shared-tables.js';
import { usePostgres } from '../testing/use-postgres.js';
import { DeadLetterAlarm } from './dead-letter-alarm.js';
import { dropDeadLetters, parkDeadLetter } from './dead-letter.js';

const postgres = usePostgres({ schema: 'tracking', migrations: sharedTablesMigrations() });
const uuid = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const park = (group: string, n: number): Promise<void> =>
  parkDeadLetter(postgres.db, group, { topic: 't', key: 'k', eventId: uuid(n), type: 'x', payload: Buffer.of(1), headers: {} }, new Error('no'), new ManualClock().now());

test('parked events are a warning and a gauge by group, which goes back to 0 with the last one', async () => {
  const telemetry = new LocalTelemetry();
  const warnings: object[] = [];
  const logger: Logger = { ...silentLogger, warn: (fields) => void warnings.push(fields) };
  const alarm = new DeadLetterAlarm({ db: postgres.db, schema: 'tracking', logger, telemetry });
  const shown = async (): Promise<string[]> => prometheusText(await telemetry.registry.read()).split('\n').filter((line) => line.startsWith('nexora_dead_letters{')).sort();

  await alarm.check();
  expect([warnings, await shown()]).toEqual([[], []]);

  await park('tracking', 1);
  await park('tracking', 2);
  await park('webhooks', 1);
  await alarm.check();
  expect(warnings).toEqual([{ schema: 'tracking', groups: { tracking: 2, webhooks: 1 } }]);
  expect(await shown()).toEqual(['nexora_dead_letters{schema="tracking",group="tracking"} 2', 'nexora_dead_letters{schema="tracking",group="webhooks"} 1']);

  await dropDeadLetters(postgres.db, 'tracking', [uuid(1), uuid(2)]);
  await dropDeadLetters(postgres.db, 'webhooks', [uuid(1)]);
  await alarm.check();
  expect(warnings).toHaveLength(1);
  expect(await shown()).toEqual(['nexora_dead_letters{schema="tracking",group="tracking"} 0', 'nexora_dead_letters{schema="tracking",group="webhooks"} 0']);
});
