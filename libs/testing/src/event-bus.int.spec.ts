import { systemClock } from '@nexoramail/kernel';
import { insertOutbox, LocalBus, OutboxRelay, silentLogger, Wake } from '@nexoramail/platform';
import { describeEventBus } from './event-bus.suite.js';
import { ImpatientTimers } from './impatient-timers.js';
import { eventually, sharedTablesMigrations, usePostgres } from './index.js';

const postgres = usePostgres({ schema: 'mail', migrations: sharedTablesMigrations() });

describeEventBus('LocalBus over the outbox', async () => {
  await postgres.truncate();
  const timers = new ImpatientTimers();
  const bus = new LocalBus({ timers });
  const wake = new Wake();
  const relay = new OutboxRelay({ db: postgres.db, bus, wall: systemClock, clock: systemClock, logger: silentLogger, wake, schema: 'mail', minGapMs: 0, timers: { after: (ms, run) => timers.after(ms, run) } });
  relay.start();
  return {
    bus,
    send: async (records) => {
      await postgres.db.transaction((tx) => insertOutbox(tx, records, systemClock.now()));
      wake.signal('outbox:mail');
    },
    drained: () => eventually(async () => { if (!(await relay.idle())) throw new Error('The outbox is not empty'); }),
    close: () => relay.stop(),
  };
});

describeEventBus('LocalBus alone', async () => {
  const bus = new LocalBus({ timers: new ImpatientTimers() });
  const unsent = new Set<readonly unknown[]>();
  return {
    bus,
    send: async (records) => {
      const publish = (): void => void bus.publish(records).then(() => unsent.delete(records), () => setImmediate(publish));
      unsent.add(records);
      publish();
    },
    drained: () => eventually(() => { if (unsent.size > 0) throw new Error('Not acknowledged yet'); }),
    close: async () => undefined,
  };
});
