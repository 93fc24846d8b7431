import { existsSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { silentLogger, type Logger } from '../../log/logger.js';
import { prepareCluster } from './cluster.js';
import { claimFolder, type Claim } from './holder.js';
import { loadPasswords, type PostgresPasswords, type SchemaName } from './passwords.js';
import { Programs } from './programs.js';
import { findBinaries, makeHome, ownerOfServer, removeHome } from './server-home.js';
import { endOrphan, ServerProcess } from './server-process.js';
import { startProblemOf } from './start-problem.js';

const DATABASE = 'nexora';
const RESTART_MS = 1000;
const NEXT_RESTART_MS = 5000;
/** A server that has run this long is restarted quickly again. */
const STEADY_MS = 60_000;

/** What takes long at a start, for the person who waits. */
export type EmbeddedStep = 'installing' | 'recovering';

/** Where and how the embedded server runs. */
export interface EmbeddedPostgresOptions {
  /** The system's data folder, `.nexora`. The cluster is `<dataDir>/postgres`, passwords `<dataDir>/keys/postgres.json`. */
  readonly dataDir: string;
  /** On 127.0.0.1. Below 32768: higher ports may be taken by outgoing connections. */
  readonly port: number;
  readonly logger?: Logger;
  /** Called once per step that takes longer than a blink. */
  readonly onProgress?: (step: EmbeddedStep) => void;
}

/**
 * A PostgreSQL server from an npm package, on loopback, with passwords (scram-sha-256), held by one process at a time. As root it runs as
 * `nobody`. A server that ends without {@link stop} is started again after 1 s, then every 5 s. Problems of the machine are {@link StartProblem}s.
 */
export class EmbeddedPostgres {
  private server: ServerProcess | undefined;
  private stopping: Promise<void> | undefined;
  private restarting: Promise<void> | undefined;
  private began = -Infinity;

  private constructor(
    private readonly options: EmbeddedPostgresOptions,
    private readonly passwords: PostgresPasswords,
    private readonly claim: Claim,
    private readonly home: string,
    private readonly programs: Programs,
  ) {}

  static async start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
    const dataDir = resolve(options.dataDir);
    const claim = claimFolder(dataDir);
    try {
      const directory = join(dataDir, 'postgres');
      const owner = ownerOfServer(directory);
      const home = await makeHome(directory, owner);
      const programs = new Programs(await findBinaries(home, owner), owner);
      const embedded = new EmbeddedPostgres(options, loadPasswords(dataDir), claim, home, programs);
      await endOrphan(home);
      await prepareCluster(home, programs, embedded.passwords, () => options.onProgress?.('installing'));
      await embedded.launch();
      await embedded.ensureDatabase().catch(async (error: unknown) => {
        await embedded.stop();
        throw error;
      });
      return embedded;
    } catch (error) {
      claim.release();
      throw startProblemOf(error, dataDir);
    }
  }

  /** Removes the cluster and its passwords for good (`--fresh`), also a target outside `dataDir`. Refused while a process holds the folder. */
  static async remove(dataDir: string): Promise<void> {
    const folder = resolve(dataDir);
    const directory = join(folder, 'postgres');
    const claim = claimFolder(folder);
    try {
      if (existsSync(directory)) await endOrphan(realpathSync(directory));
      await removeHome(directory);
      await rm(join(folder, 'keys', 'postgres.json'), { force: true });
    } catch (error) {
      throw startProblemOf(error, folder);
    } finally {
      claim.release();
    }
  }

  /** The superuser's URL of database `nexora`: for migrations only. */
  get adminUrl(): string {
    return this.urlOf('postgres', this.passwords.superuser, DATABASE);
  }

  /** The URL of the role that owns this schema. */
  url(schema: SchemaName): string {
    return this.urlOf(schema, this.password(schema), DATABASE);
  }

  /** The role's password: for {@link applyMigrations}, which sets it. */
  password(schema: SchemaName): string {
    return this.passwords.roles[schema];
  }

  /** Process id of the server, while it runs: for fault tests. */
  get pid(): number | undefined {
    return this.server?.pid;
  }

  /** Ends the server (open sessions are cut, nothing acknowledged is lost) and lets the folder go. At most about 30 s. */
  stop(): Promise<void> {
    this.stopping ??= (async () => {
      await this.restarting;
      const { server } = this;
      this.server = undefined;
      await server?.stop();
      this.claim.release();
    })();
    return this.stopping;
  }

  private urlOf(role: string, password: string, database: string): string {
    return `postgresql://${role}:${encodeURIComponent(password)}@127.0.0.1:${this.options.port}/${database}`;
  }

  private async launch(): Promise<void> {
    const server = await ServerProcess.start(this.home, this.options.port, this.programs, () => this.options.onProgress?.('recovering'));
    this.server = server;
    const quickAgain = performance.now() - this.began > STEADY_MS;
    this.began = performance.now();
    server.onEnd(() => {
      if (this.server !== server) return; // stopped by us
      this.server = undefined;
      this.restarting = this.restart(quickAgain || performance.now() - this.began > STEADY_MS ? RESTART_MS : NEXT_RESTART_MS);
    });
  }

  /** The server ended without us: its data are safe, so it only has to come back. */
  private async restart(delay: number): Promise<void> {
    const logger = this.options.logger ?? silentLogger;
    logger.error({ delay_ms: delay, log: join(this.home, 'postgres.log') }, 'PostgreSQL ended unexpectedly and is started again');
    for (let wait = delay; ; wait = NEXT_RESTART_MS) {
      for (const end = performance.now() + wait; !this.stopping && performance.now() < end;) await pause(50);
      if (this.stopping) return;
      try {
        await endOrphan(this.home);
        await this.launch();
        logger.info({ pid: this.pid }, 'PostgreSQL is back');
        return;
      } catch (error) {
        logger.error({ err: error, retry_ms: NEXT_RESTART_MS }, 'PostgreSQL could not be started again');
      }
    }
  }

  private async ensureDatabase(): Promise<void> {
    const client = new pg.Client({ connectionString: this.urlOf('postgres', this.passwords.superuser, 'postgres'), connectionTimeoutMillis: 10_000 });
    await client.connect();
    try {
      const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
      if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
    } finally {
      await client.end();
    }
  }
}
