import pg from 'pg';

/** How long a statement may be without an answer before the server is asked whether it is there. With the question's time-out: 2 s in all. */
const SUSPICION_MS = 700;
const PROBE_TIMEOUT_MS = 1300;
const LOOK_MS = 250;

/**
 * Notices a server that neither answers nor breaks its connections: paused, or behind a cut line. While statements wait, a fresh
 * connection asks; when that gets no answer either, `cut` is to drop all connections, so that callers learn it after 2 s instead of at the
 * end of the statement's time-out. A statement that is merely slow is left alone.
 */
export class StuckServerWatch {
  private readonly waiting = new Map<symbol, number>();
  private answers = 0;
  private looking = false;
  private probing = false;

  constructor(private readonly url: string, private readonly cut: () => void) {}

  /** A statement was sent; call the result when it is answered. */
  sent(): () => void {
    const key = Symbol('statement');
    this.waiting.set(key, performance.now());
    this.look();
    return () => {
      this.waiting.delete(key);
      this.answers += 1;
    };
  }

  private look(): void {
    if (this.looking) return;
    this.looking = true;
    setTimeout(() => {
      this.looking = false;
      const oldest = this.waiting.values().next();
      if (oldest.done === true) return;
      if (performance.now() - oldest.value > SUSPICION_MS && !this.probing) void this.probe();
      this.look();
    }, LOOK_MS).unref();
  }

  private async probe(): Promise<void> {
    this.probing = true;
    const before = this.answers;
    // Any answer, also a refusal, shows that the server is there; so does an answer to any other statement meanwhile.
    if (!(await answersAt(this.url)) && this.answers === before && this.waiting.size > 0) this.cut();
    this.probing = false;
  }
}

async function answersAt(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, application_name: 'nexora-probe', connectionTimeoutMillis: PROBE_TIMEOUT_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch (error) {
    return error instanceof pg.DatabaseError;
  } finally {
    // After a busy moment of ours the answer may be there, only not read yet.
    await new Promise((resolve) => setImmediate(resolve));
    void client.end().catch(() => undefined);
  }
}
