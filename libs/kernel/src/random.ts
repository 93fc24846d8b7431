import { randomFillSync } from 'node:crypto';

/** Source of randomness. `bytes` is cryptographically strong in production; tests seed it. */
export interface Random {
  /** `n` unpredictable bytes. */
  bytes(n: number): Uint8Array;
  /** A number in [0, 1): for jitter, never for secrets. */
  fraction(): number;
}

const POOL_BYTES = 8_192;
let pool = new Uint8Array(0);
let used = 0;

/** Bytes of the pool are handed out once and never again; a fresh pool is filled by one call of the operating system. */
function pooledBytes(n: number): Uint8Array {
  if (n > POOL_BYTES / 8) return randomFillSync(new Uint8Array(n));
  if (used + n > pool.length) {
    pool = randomFillSync(new Uint8Array(POOL_BYTES));
    used = 0;
  }
  const bytes = pool.slice(used, used + n);
  pool.fill(0, used, used + n);
  used += n;
  return bytes;
}

/** The operating system's generator, buffered so that an id costs no system call. Each byte is given once and erased from the buffer. */
export const systemRandom: Random = { bytes: pooledBytes, fraction: () => Math.random() };

/** A repeatable generator (mulberry32) for tests and seeded fault runs. Not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return { fraction, bytes: (n) => Uint8Array.from({ length: n }, () => Math.floor(fraction() * 256)) };
}
