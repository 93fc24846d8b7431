import { argon2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { AppError, type Random } from '@nexoramail/kernel';
import type { PasswordHasher } from '../application/ports/password-hasher.js';

const derive = promisify(argon2);

interface Cost {
  /** KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** OWASP's first choice for Argon2id: 19 MiB, two passes, one lane. */
const COST: Cost = { memory: 19_456, passes: 2, parallelism: 1 };
const SALT_BYTES = 16;
const TAG_BYTES = 32;
/** At once: each takes a core and 19 MiB (`flows.md` §8). */
const MAX_RUNNING = 2;
/** Sign-ins that wait; more are told to come again. */
const MAX_WAITING = 64;
const FORM = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** Argon2id (RFC 9106) on the thread pool, hashes in PHC form, so that costs can grow without losing old ones. */
export class Argon2Hasher implements PasswordHasher {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly nobody: string;

  constructor(private readonly random: Random) {
    // Belongs to no password: verifying against it costs what a real one costs.
    this.nobody = phc(COST, random.bytes(SALT_BYTES), random.bytes(TAG_BYTES));
  }

  async hash(password: string): Promise<string> {
    const salt = this.random.bytes(SALT_BYTES);
    return phc(COST, salt, await this.derive(password, salt, COST, TAG_BYTES));
  }

  async verify(hash: string | undefined, password: string): Promise<boolean> {
    const [, memory, passes, parallelism, salt, tag] = FORM.exec(hash ?? this.nobody) ?? [];
    if (salt === undefined || tag === undefined) throw new Error('A stored password hash is not in PHC form');
    const expected = Buffer.from(tag, 'base64');
    const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
    const actual = await this.derive(password, Buffer.from(salt, 'base64'), cost, expected.length);
    return timingSafeEqual(actual, expected) && hash !== undefined;
  }

  private async derive(password: string, nonce: Uint8Array, cost: Cost, tagLength: number): Promise<Buffer> {
    await this.enter();
    try {
      return await derive('argon2id', { message: password, nonce, ...cost, tagLength });
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }

  private enter(): Promise<void> {
    if (this.running < MAX_RUNNING) {
      this.running++;
      return Promise.resolve();
    }
    if (this.waiting.length >= MAX_WAITING) return Promise.reject(new AppError('temporarily_unavailable', 'Too many people sign in at once. Try again in a moment.', { retryAfterS: 2 }));
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replace(/=+$/, '');
const phc = ({ memory, passes, parallelism }: Cost, salt: Uint8Array, tag: Uint8Array): string =>
  `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`;
