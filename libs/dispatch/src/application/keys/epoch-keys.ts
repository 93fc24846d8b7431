import { AppError, type Clock, type Random } from '@nexoramail/kernel';
import type { EpochKey, EpochRegistry, EpochSlice, EpochVault } from '../ports/key-ports.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const SENSITIVE_MS = 10 * MINUTE_MS;
/** The next slice's key is there this long before it begins. */
const EARLY_MS = 10 * MINUTE_MS;
/** A key is destroyed at the latest this long after its slice's start. */
const LIFE_MS = 71 * HOUR_MS;
const KEY_BYTES = 32;

/** Which kind of slice a message falls into. */
export interface EpochChoice {
  readonly sensitive: boolean;
  /** Scheduled mail has a key of its own, so that rescheduling rewraps nothing. */
  readonly scheduledAt: Date | undefined;
  readonly messageId: string;
}

/**
 * Epoch keys for acceptance: one per hour, per 10 minutes for sensitive mail, one per scheduled message. Made ahead of time and
 * create-if-absent, so that replicas agree without talking. Without a durable key nothing is accepted.
 */
export class EpochKeys {
  private readonly ready = new Map<string, Promise<EpochKey>>();

  constructor(private readonly vault: EpochVault, private readonly registry: EpochRegistry, private readonly clock: Clock, private readonly random: Random) {}

  /** The key of the slice that runs now. Throws `temporarily_unavailable` when none can be made durable. */
  forAcceptance(choice: EpochChoice): Promise<EpochKey> {
    return this.ensure(sliceFor(choice, this.clock.now()));
  }

  /** Makes the keys of the slices that begin within the next ten minutes, and forgets those of the past. Call it each minute. */
  async ensureAhead(): Promise<void> {
    const now = this.clock.now();
    const soon = new Date(now.getTime() + EARLY_MS);
    const slices = [now, soon].flatMap((at) => [hourSlice(at), sensitiveSlice(at)]);
    const keep = new Set(slices.map(({ id }) => id));
    for (const id of this.ready.keys()) if (!keep.has(id)) this.ready.delete(id);
    for (const slice of slices) await this.ensure(slice);
  }

  private ensure(slice: EpochSlice): Promise<EpochKey> {
    const known = this.ready.get(slice.id);
    if (known) return known;
    const made = this.make(slice);
    this.ready.set(slice.id, made);
    made.catch(() => this.ready.delete(slice.id));
    return made;
  }

  private async make(slice: EpochSlice): Promise<EpochKey> {
    try {
      const key = await this.vault.create(slice.id, this.random.bytes(KEY_BYTES));
      if (await this.registry.open(slice)) return { id: slice.id, key };
    } catch (cause) {
      throw new AppError('temporarily_unavailable', 'The content key could not be stored. Repeat the request.', { retryAfterS: 1, cause });
    }
    throw new AppError('temporarily_unavailable', 'The content key of this hour has been destroyed: the clock ran back.', { retryAfterS: 60 });
  }
}

/** The slice that a message accepted at `at` belongs to. */
export function sliceFor({ sensitive, scheduledAt, messageId }: EpochChoice, at: Date): EpochSlice {
  if (scheduledAt !== undefined) {
    return { id: `r${messageId}`, start: at, end: scheduledAt, destroyBy: new Date(scheduledAt.getTime() + LIFE_MS) };
  }
  return sensitive ? sensitiveSlice(at) : hourSlice(at);
}

const hourSlice = (at: Date): EpochSlice => slice('h', at, HOUR_MS, 13);
const sensitiveSlice = (at: Date): EpochSlice => slice('s', at, SENSITIVE_MS, 16);

function slice(kind: string, at: Date, length: number, digits: number): EpochSlice {
  const start = new Date(Math.floor(at.getTime() / length) * length);
  return { id: kind + start.toISOString().slice(0, digits).replaceAll(/[-T:]/g, ''), start, end: new Date(start.getTime() + length), destroyBy: new Date(start.getTime() + LIFE_MS) };
}
