import { randomFillSync } from 'node:crypto';

/** Source of randomness. `bytes` is cryptographically strong in production; tests seed it. */
export interface Random {
  /** `n` unpredictable bytes. */
  bytes(n: number): Uint8Array;
  /** A number in [0, 1): for jitter, never for secrets. */
  fraction(): number;
}

/** The operating system's generator, buffered so that an id costs no system call. */
export const systemRandom: Random = {
  bytes: (n) => randomFillSync(new Uint8Array(n)),
  fraction: () => Math.random(),
};

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
