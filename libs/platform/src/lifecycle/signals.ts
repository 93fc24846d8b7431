import { systemMonotonic, type Monotonic } from '@nexoramail/kernel';
import type { Logger } from '../log/logger.js';

/** The part of `process` that signals need. */
export interface SignalSource {
  on(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  exit(code: number): void;
}

/** Settings of {@link stopOnSignals}. */
export interface SignalOptions {
  /** Drains and ends everything. Runs once. */
  readonly stop: () => Promise<void>;
  readonly logger: Logger;
  /** Milliseconds after which the process ends with what is left undone; 28,000, inside Kubernetes' 30 s. */
  readonly limitMs?: number;
  readonly source?: SignalSource;
  readonly monotonic?: Monotonic;
  readonly after?: (ms: number, run: () => void) => void;
}

/** A signal arrives twice within moments when the terminal and npm both send it. */
const SAME_SIGNAL_MS = 3_000;

/**
 * SIGTERM and SIGINT drain, then the process exits 0 (1 when draining failed or took too long). One more signal, 3 s or later, ends at once with
 * 1; earlier repeats are taken as the same signal. Nothing is lost by either: what was accepted is in Postgres.
 */
export function stopOnSignals(options: SignalOptions): void {
  const { stop, logger, limitMs = 28_000, source = process, monotonic = systemMonotonic, after = (ms, run) => void setTimeout(run, ms).unref() } = options;
  let first: number | undefined;
  const receive = (signal: string): void => {
    if (first !== undefined) {
      if (monotonic.now() - first >= SAME_SIGNAL_MS) source.exit(1);
      return;
    }
    first = monotonic.now();
    logger.info({ signal }, 'Stopping');
    after(limitMs, () => {
      logger.error({ limit_ms: limitMs }, 'Stopping took too long');
      source.exit(1);
    });
    stop().then(
      () => source.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'Stopping failed');
        source.exit(1);
      },
    );
  };
  source.on('SIGTERM', () => receive('SIGTERM'));
  source.on('SIGINT', () => receive('SIGINT'));
}
