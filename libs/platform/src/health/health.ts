/** What `/readyz` answers: ready, or the names of the parts that are not. */
export interface Readiness {
  readonly ready: boolean;
  readonly failing: readonly string[];
}

/** Readiness of a process: each dependency registers a check; a check that rejects, or takes over two seconds, makes the process not ready. */
export class Health {
  private readonly checks = new Map<string, () => Promise<void>>();
  private stopping = false;
  private running: Promise<Readiness> | undefined;

  constructor(private readonly timeoutMs = 2_000) {}

  /** Adds a check under a name that `/readyz` shows. The same name again replaces it. */
  register(name: string, check: () => Promise<void>): void {
    this.checks.set(name, check);
  }

  /** Not ready from now on (`stopping`): a load balancer takes the process out before its listeners close. */
  drain(): void {
    this.stopping = true;
  }

  /** Runs all checks side by side. Callers at the same time share one run, so that probes cannot add up. */
  readiness(): Promise<Readiness> {
    this.running ??= this.run().finally(() => (this.running = undefined));
    return this.running;
  }

  private async run(): Promise<Readiness> {
    const names = await Promise.all([...this.checks].map(async ([name, check]) => ((await this.passes(check)) ? undefined : name)));
    const failing = names.filter((name) => name !== undefined);
    if (this.stopping) failing.unshift('stopping');
    return { ready: failing.length === 0, failing };
  }

  private async passes(check: () => Promise<void>): Promise<boolean> {
    const { promise: late, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(resolve, this.timeoutMs, false);
    const passed = (async () => check())().then(() => true, () => false); // a check may also throw at once
    return Promise.race([passed, late]).finally(() => clearTimeout(timer));
  }
}
