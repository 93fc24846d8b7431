import type { Io } from '../io.js';

/** A world that remembers what was said, never sleeps, and whose clock stands at a given time. */
export class FakeIo implements Io {
  readonly lines: string[] = [];
  readonly errors: string[] = [];
  readonly slept: number[] = [];
  readonly cwd = '/nowhere';
  readonly stop = new AbortController();
  isTerminal = false;
  input = '';
  private count = 0;

  constructor(readonly variables: Readonly<Record<string, string | undefined>> = {}) {}

  get signal(): AbortSignal {
    return this.stop.signal;
  }

  /** Everything on standard output. */
  get output(): string {
    return this.lines.join('\n');
  }

  /** Standard output as JSON, a value for each line. */
  get json(): unknown[] {
    return this.lines.map((line) => JSON.parse(line) as unknown);
  }

  out(text: string): void {
    this.lines.push(text);
  }

  err(text: string): void {
    this.errors.push(text);
  }

  now(): Date {
    return new Date();
  }

  sleep(ms: number): Promise<void> {
    this.slept.push(ms);
    return Promise.resolve();
  }

  readInput(): Promise<string> {
    return Promise.resolve(this.input);
  }

  unique(): string {
    this.count += 1;
    return `u${this.count}`;
  }
}
