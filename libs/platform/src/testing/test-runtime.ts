import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { ManualClock, seededRandom } from '@nexoramail/kernel';
import { LocalBus } from '../bus/local-bus.js';
import { SharedClock } from '../lifecycle/shared-clock.js';
import { silentLogger } from '../log/logger.js';
import { createRuntime } from '../runtime.js';

/** What a {@link testRuntime} is told. */
export interface TestRuntimeOptions {
  /** Database URL by schema: `{ mail: postgres.url }`; asking for another one throws. Read lazily, so pass `() => postgres.url` before `beforeAll`. */
  readonly databases?: Readonly<Record<string, string | (() => string)>>;
  /** Stands still at 2026-03-01T09:00Z unless given. */
  readonly clock?: ManualClock;
  readonly variables?: Readonly<Record<string, string>>;
  readonly bus?: LocalBus;
  readonly seed?: number;
}

/** A runtime for specs: a business clock that `manual` moves, seeded randomness, local bus, no log, keys in a folder that goes with the spec file. */
export function testRuntime(options: TestRuntimeOptions = {}): ReturnType<typeof createRuntime> & { readonly manual: ManualClock } {
  const manual = options.clock ?? new ManualClock();
  const dataDir = mkdtempSync(join(tmpdir(), 'nexora-test-data-'));
  const runtime = createRuntime({
    name: 'test',
    env: 'embedded',
    variables: options.variables ?? {},
    dataDir,
    bus: options.bus ?? new LocalBus(),
    clock: new SharedClock(manual),
    random: seededRandom(options.seed ?? 1),
    logger: silentLogger,
    databaseUrl: (schema) => {
      const url = options.databases?.[schema];
      if (url === undefined) throw new Error(`testRuntime: no database for schema ${schema}; name it in databases`);
      return typeof url === 'string' ? url : url();
    },
  });
  afterAll(async () => {
    await runtime.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });
  return Object.assign(runtime, { manual });
}
