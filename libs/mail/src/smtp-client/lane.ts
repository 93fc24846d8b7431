import type { SmtpConnection } from './connection.js';
import type { Job } from './job.js';
import type { Route } from './route.js';

/** The connections and waiting jobs of one site and source. */
export class Lane {
  readonly waiting: Job[] = [];
  /** Idle connections, the one used last at the end. */
  readonly idle: SmtpConnection[] = [];
  /** Work in progress, each with how to cut it. */
  readonly working = new Map<Promise<void>, () => void>();
  /** Connections open, opening or idle. */
  size = 0;
  /** Those among them that say QUIT. */
  leaving = 0;
  private readonly timers = new Map<SmtpConnection, () => void>();

  constructor(readonly id: string, public route: Route, readonly requireTls: boolean) {}

  get unused(): boolean {
    return this.size === 0 && this.waiting.length === 0;
  }

  /** The idle connection used last. */
  takeIdle(): SmtpConnection | undefined {
    const connection = this.idle.at(-1);
    if (connection !== undefined) this.drop(connection);
    return connection;
  }

  /** Keeps a connection until `cancelTimer`'s timer drops it. */
  rest(connection: SmtpConnection, cancelTimer: () => void): void {
    this.idle.push(connection);
    this.timers.set(connection, cancelTimer);
  }

  /** True when the connection was idle; it is no more. */
  drop(connection: SmtpConnection): boolean {
    const at = this.idle.indexOf(connection);
    if (at < 0) return false;
    this.idle.splice(at, 1);
    this.timers.get(connection)?.();
    this.timers.delete(connection);
    return true;
  }

  /** True when the job was waiting; it is no more. */
  forget(job: Job): boolean {
    const at = this.waiting.indexOf(job);
    if (at < 0) return false;
    this.waiting.splice(at, 1);
    return true;
  }
}
