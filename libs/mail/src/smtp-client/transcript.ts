import type { Monotonic } from '@nexoramail/kernel';
import type { TranscriptLine } from './outcome.js';

const MAX_LINES = 200;
const MAX_LINE = 1_000;

/** Records one dialogue, at most 200 lines of 1,000 characters: then it says that it stops. */
export class Transcript {
  private readonly recorded: TranscriptLine[] = [];
  private readonly start: number;

  constructor(private readonly monotonic: Monotonic) {
    this.start = monotonic.now();
  }

  client(line: string): void {
    this.add('c', line);
  }

  server(lines: readonly string[]): void {
    for (const line of lines) this.add('s', line);
  }

  /** A copy of what was recorded. */
  lines(): TranscriptLine[] {
    return [...this.recorded];
  }

  private add(dir: 'c' | 's', line: string): void {
    if (this.recorded.length > MAX_LINES) return;
    const text = this.recorded.length === MAX_LINES ? '(the rest was not recorded)' : line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line;
    this.recorded.push({ at_ms: Math.round(this.monotonic.now() - this.start), dir, line: text });
  }
}
