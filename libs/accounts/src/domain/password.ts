import { invalidUser } from './user.js';

/** Least lengths in characters (NIST 800-63B-4 §3.1.1.2): with a second factor always asked for, and alone. */
const MIN_WITH_FACTOR = 8;
const MIN_ALONE = 15;
/** Far above the 64 that must be taken, and small enough that hashing costs what hashing costs. */
const MAX_LENGTH = 256;

// What attackers try first, in this length range; the context's own words are added by the check.
const COMMON = new Set([
  'password', 'password1', 'password12', 'password123', 'passw0rd', 'p@ssword', 'p@ssw0rd', '12345678', '123456789', '1234567890', '123123123', '11111111', '00000000', '87654321',
  'qwertyui', 'qwertyuiop', 'qwerty123', 'qwerty12', '1q2w3e4r', '1q2w3e4r5t', '1qaz2wsx', 'zaq12wsx', 'asdfghjk', 'asdfghjkl', 'abcdefgh', 'abcd1234', 'abc12345', 'iloveyou',
  'letmein1', 'letmein123', 'welcome1', 'welcome123', 'admin123', 'administrator', 'changeme', 'changeme123', 'trustno1', 'sunshine', 'princess', 'football', 'baseball', 'superman',
  'starwars', 'computer', 'internet', 'whatever', 'michelle', 'jennifer', 'corvette', 'mercedes', 'maverick', 'passwordpassword', 'correcthorsebatterystaple', '123456789012345', 'qwertyuiopasdfgh',
]);

/**
 * The password in the form that is hashed (NFC, so that keyboards agree), or `validation_failed`: ≥8 characters with a second factor, ≥15
 * without, ≤256, no common one, none made of the address or the product's name. No composition rule. Source: security.md S53.
 */
export function newPassword(text: string, { hasFactor, email }: { readonly hasFactor: boolean; readonly email: string }): string {
  const password = text.normalize('NFC');
  const length = [...password].length;
  const least = hasFactor ? MIN_WITH_FACTOR : MIN_ALONE;
  if (length < least) throw refuse('too_short', `A password has at least ${least} characters${hasFactor ? '' : ' without a second factor'}.`);
  if (length > MAX_LENGTH) throw refuse('too_long', `A password has at most ${MAX_LENGTH} characters.`);
  if (isGuessable(password.toLowerCase(), email.toLowerCase())) throw refuse('too_common', 'This password is among the first that an attacker tries. Choose another one.');
  return password;
}

/** The form in which a typed password is compared; far too long ones are cut, since they can never be right. */
export function typedPassword(text: string): string {
  return text.normalize('NFC').slice(0, 2 * MAX_LENGTH + 2);
}

function isGuessable(password: string, email: string): boolean {
  const local = email.slice(0, email.lastIndexOf('@'));
  const words = ['nexoramail', 'nexora', email, local].filter((word) => word.length >= 4);
  const rest = words.reduce((text, word) => text.replaceAll(word, ''), password);
  return COMMON.has(password) || rest.length < 4 || new Set(password).size <= 2;
}

const refuse = (code: string, message: string): Error => invalidUser({ pointer: '/password', code, message });
