import type { Counter, Histogram, Logger, Telemetry } from '@nexoramail/platform';
import { isAppError, type Clock, type Monotonic } from '@nexoramail/kernel';
import type { DeliveryJournal, Finish, LeasedRecipient } from '../application/ports/deliver-ports.js';

const LOG_EACH_MS = 10_000;

/** Counters and log lines of delivery: ids only, never addresses. */
export class DeliveryMetrics implements DeliveryJournal {
  private readonly attempts: Counter;
  private readonly lost: Counter;
  private readonly defects: Counter;
  private readonly rounds: Counter;
  private readonly latency: Histogram;
  private readonly logged = new Map<string, number>();

  constructor(telemetry: Telemetry, private readonly logger: Logger, private readonly clock: Clock, private readonly monotonic: Monotonic) {
    this.attempts = telemetry.counter('nexora_delivery_attempts_total', 'Attempts by outcome', ['outcome']);
    this.lost = telemetry.counter('nexora_delivery_token_lost_total', 'Finishes that came after their lease had gone to another');
    this.defects = telemetry.counter('nexora_delivery_defects_total', 'Messages that could not be tried for a fault of ours');
    this.rounds = telemetry.counter('nexora_delivery_rounds_failed_total', 'Rounds of the delivery loops that failed', ['what']);
    this.latency = telemetry.histogram('nexora_accept_to_final_seconds', 'From acceptance or release to the final state of a recipient', [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 60, 600, 3_600, 86_400]);
  }

  attempted({ createdAt, tries }: LeasedRecipient, outcome: string, { kind }: Finish): void {
    this.attempts.add(1, { outcome });
    if (kind === 'final' && tries === 0) this.latency.observe(Math.max(0, this.clock.now().getTime() - createdAt.getTime()) / 1000);
  }

  defect({ messageId, n }: LeasedRecipient, error: unknown): void {
    this.defects.add(1);
    this.logger.error({ err: error, message_id: messageId, recipient: n }, 'A message could not be tried');
  }

  tokenLost({ messageId, n }: LeasedRecipient): void {
    this.lost.add(1);
    this.logger.warn({ message_id: messageId, recipient: n }, 'An outcome came after the lease had gone to another worker');
  }

  roundFailed(what: string, error: unknown): void {
    this.rounds.add(1, { what });
    // A database that is away fails four rounds a second: one line each ten seconds tells it.
    const now = this.monotonic.now();
    if (now - (this.logged.get(what) ?? Number.NEGATIVE_INFINITY) < LOG_EACH_MS) return;
    this.logged.set(what, now);
    const away = isAppError(error) && error.definition.retryable && error.code !== 'internal';
    this.logger[away ? 'warn' : 'error']({ err: error, what }, 'A round of delivery failed; it goes on');
  }
}
