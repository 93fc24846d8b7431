import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestClock } from '@nexoramail/app-gateway';
import { SharedClock, type Settle } from '@nexoramail/platform';

const LIMIT_MS = 10_000;

/** The business clock of the embedded default: real time plus the offset of `<dataDir>/clock.json`, so that time never runs back over a restart. */
export function loadClock(dataDir: string): SharedClock {
  const clock = new SharedClock();
  const file = join(dataDir, 'clock.json');
  if (existsSync(file)) clock.moveTo((JSON.parse(readFileSync(file, 'utf8')) as { offset_ms: number }).offset_ms);
  return clock;
}

/** `POST /test/clock`: the offset is on disk before the clock moves; the answer comes when what became due has had its try. */
export class PersistentTestClock implements TestClock {
  constructor(private readonly dataDir: string, private readonly clock: SharedClock, private readonly settle: Settle, private readonly moved: () => void) {}

  async advance(seconds: number): Promise<{ now: Date; settled: boolean }> {
    const offset = this.clock.offsetMs + Math.round(seconds * 1000);
    const file = join(this.dataDir, 'clock.json');
    writeFileSync(`${file}.new`, JSON.stringify({ offset_ms: offset }));
    renameSync(`${file}.new`, file);
    this.clock.moveTo(offset);
    this.moved();
    const settled = await this.settle.settled(LIMIT_MS);
    return { now: this.clock.now(), settled };
  }
}
