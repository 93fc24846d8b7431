import type { Timers } from '@nexoramail/platform';

/** Deadlines of one session by name, in milliseconds. Absolute: only the session's progress moves them, never a byte that happens to arrive. */
export class Deadlines<Name extends string> {
  private readonly running = new Map<Name, () => void>();

  constructor(private readonly timers: Timers, private readonly expired: (name: Name) => void) {}

  /** Starts a deadline, or starts it anew. */
  start(name: Name, ms: number): void {
    this.running.get(name)?.();
    this.running.set(name, this.timers.after(ms, () => {
      this.running.delete(name);
      this.expired(name);
    }));
  }

  /** Ends one. */
  stop(name: Name): void {
    this.running.get(name)?.();
    this.running.delete(name);
  }

  /** Ends all. */
  stopAll(): void {
    for (const cancel of this.running.values()) cancel();
    this.running.clear();
  }
}
