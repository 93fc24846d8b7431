import { types } from 'node:util';

/** Field names whose values never reach a log, whatever they hold. Compared in lower case without `_` and `-`. */
const HIDDEN = new Set([
  'authorization', 'cookie', 'setcookie', 'password', 'passphrase', 'secret', 'token', 'apikey', 'privatekey', 'credential', 'credentials', 'totp', 'code2fa',
  'address', 'addresses', 'email', 'emails', 'to', 'from', 'cc', 'bcc', 'replyto', 'recipient', 'recipients', 'sender', 'envelopefrom', 'mailfrom', 'rcptto', 'username', 'user',
  'subject', 'body', 'content', 'html', 'text', 'headers', 'variables', 'attachments', 'metadata', 'payload', 'transcript',
]);
const HIDDEN_ENDINGS = ['password', 'secret', 'token', 'apikey', 'cookie', 'address', 'email', 'subject', 'privatekey'];

const HIDDEN_MARK = '[hidden]';
const MAX_DEPTH = 6;
const MAX_TEXT = 8_192;

// Loose on purpose: a false hit costs a word of a log line, a miss costs a person's address. Quoted local parts and IDNs are covered.
const ADDRESS = /(?:"[^"\r\n]{1,64}"|[^\s@"<>(),;:[\]\\]{1,64})@[\p{L}\p{N}[](?:[\p{L}\p{N}.:\]_-]*[\p{L}\p{N}\]])?/gu;
const SECRET = /\b(?:nxm_(?:live|test)_|whsec_)[A-Za-z0-9+/=_-]*|(?<=\bBearer\s)[^\s"',]+|(?<=:\/\/[^\s:/@]*:)[^\s@/]+(?=@)/gi;
// DEL and the C1 range: JSON leaves them alone, and 0x9B starts a control sequence on some terminals.
 
const TERMINAL_CONTROL = /[\u007f-\u009f]/g;

// One cheap look that most texts end at: the expressions above cost microseconds.
 
const SUSPICIOUS = /@|nxm_|whsec_|bearer|[\u007f-\u009f]/i;

/** A text without e-mail addresses, keys and secrets of our forms, passwords in URLs, and cut at 8 kB. */
export function maskText(text: string): string {
  const cut = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  if (!SUSPICIOUS.test(cut)) return cut;
  return cut.replace(SECRET, HIDDEN_MARK).replace(ADDRESS, '[address]').replace(TERMINAL_CONTROL, '\ufffd');
}

const known = new Map<string, boolean>();

/** Whether a field of this name is hidden; remembered, since code uses few names. */
function isHidden(key: string): boolean {
  const found = known.get(key);
  if (found !== undefined) return found;
  const name = key.replaceAll(/[_-]/g, '').toLowerCase();
  const hidden = HIDDEN.has(name) || HIDDEN_ENDINGS.some((ending) => name.endsWith(ending));
  if (known.size < 1_000) known.set(key, hidden);
  return hidden;
}

/** A failure as log fields: name, code, masked message and stack, causes. Other properties (a database error's `detail` holds row values) are left out. */
export function errorFields(error: Error, depth = 0): Record<string, unknown> {
  return {
    name: error.name,
    ...('code' in error && typeof error.code === 'string' && { code: error.code }),
    message: maskText(error.message),
    ...(error.stack !== undefined && { stack: maskText(error.stack) }),
    ...(error instanceof AggregateError && depth < 3 && { errors: error.errors.slice(0, 5).map((inner) => redact(inner, depth + 1)) }),
    ...(error.cause !== undefined && depth < 3 && { cause: redact(error.cause, depth + 1) }),
  };
}

/** A copy of log fields that is safe to write: hidden names replaced, texts masked, bytes as their length, at most six levels deep. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return maskText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Error || types.isNativeError(value)) return errorFields(value, depth);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= MAX_DEPTH) return '[deep]';
  if (Array.isArray(value)) return value.slice(0, 50).map((item) => redact(item, depth + 1));
  if (value instanceof Map || value instanceof Set) return `[${value.size} entries]`;
  return redactFields(value, depth);
}

/** {@link redact} of an object's own fields. */
export function redactFields(fields: object, depth = 0): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields) as [string, unknown][]) {
    safe[maskText(key)] = isHidden(key) && value !== undefined && value !== null ? HIDDEN_MARK : redact(value, depth + 1);
  }
  return safe;
}
