import { systemMonotonic, type Monotonic } from '@nexoramail/kernel';

/** Tells when nothing due is left untried (`POST /test/clock`): every loop registers how it knows that it is idle. */
export class Settle {
  private readonly parts = new Map<symbol, { name: string; idle: () => Promise<boolean> }>();

  constructor(
    private readonly monotonic: Monotonic = systemMonotonic,
    private readonly pause: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  ) {}

  /** `idle` answers true when nothing of this part that is due by the business clock is untried or under way. Returns the function that ends it. */
  register(name: string, idle: () => Promise<boolean>): () => void {
    const key = Symbol(name);
    this.parts.set(key, { name, idle });
    return () => void this.parts.delete(key);
  }

  /** The parts that are busy right now; one that fails to answer counts as busy. */
  async busy(): Promise<string[]> {
    const answers = await Promise.all([...this.parts.values()].map(async ({ name, idle }) => ((await isIdle(idle)) ? undefined : name)));
    return answers.filter((name) => name !== undefined);
  }

  /** True as soon as all parts were idle twice in a row (one part's last work is another's first), false after `timeoutMs`. */
  async settled(timeoutMs: number): Promise<boolean> {
    const end = this.monotonic.now() + timeoutMs;
    for (let quiet = 0; ; ) {
      quiet = (await this.busy()).length === 0 ? quiet + 1 : 0;
      if (quiet === 2) return true;
      if (this.monotonic.now() >= end) return false;
      await this.pause(20);
    }
  }
}

async function isIdle(idle: () => Promise<boolean>): Promise<boolean> {
  try {
    return await idle();
  } catch {
    return false;
  }
}
