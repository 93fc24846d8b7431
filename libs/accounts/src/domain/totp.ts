import { createHmac, timingSafeEqual } from 'node:crypto';

/** Seconds of one time step. */
export const TOTP_STEP_S = 30;
const DIGITS = 6;
/** Steps before and after the current one whose code is taken: clocks differ, people type slowly (RFC 6238 §5.2). */
const SKEW = 1;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** RFC 4226 §4 R6: at least 128 bits. */
const MIN_SECRET_BYTES = 16;
const MAX_SECRET_BYTES = 64;

/** The time step of a moment, as RFC 6238 counts them from 1970. `at` is real time: an authenticator has its own clock. */
export function totpStep(at: Date): number {
  return Math.floor(at.getTime() / 1000 / TOTP_STEP_S);
}

/** The code of a step: HMAC-SHA1, six digits (RFC 6238, RFC 4226 §5.3; what every authenticator app does). */
export function totpCode(secret: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 0x0f;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 10 ** DIGITS).padStart(DIGITS, '0');
}

/**
 * The step whose code this is: the current one or its neighbours, later than `lastStep` (a code works once, and an older one never again);
 * undefined when there is none. All candidates are compared, each in equal time.
 */
export function matchTotp(secret: Uint8Array, code: string, at: Date, lastStep: number): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  const now = totpStep(at);
  let matched: number | undefined;
  for (let step = now - SKEW; step <= now + SKEW; step++) {
    const equal = timingSafeEqual(Buffer.from(totpCode(secret, step)), Buffer.from(code));
    if (equal && step > lastStep) matched ??= step;
  }
  return matched;
}

/** The bytes of a secret in RFC 4648 base32 (case, blanks and padding ignored), or undefined when it is none or not of 16…64 bytes. */
export function decodeTotpSecret(text: string): Uint8Array | undefined {
  const letters = text.replaceAll(/[\s-]/g, '').replace(/=+$/, '').toUpperCase();
  if (letters.length > MAX_SECRET_BYTES * 2) return undefined;
  const bytes: number[] = [];
  let held = 0;
  let bits = 0;
  for (const letter of letters) {
    const value = BASE32.indexOf(letter);
    if (value < 0) return undefined;
    held = ((held << 5) | value) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((held >>> bits) & 0xff);
    }
  }
  return bytes.length >= MIN_SECRET_BYTES && bytes.length <= MAX_SECRET_BYTES ? Uint8Array.from(bytes) : undefined;
}
