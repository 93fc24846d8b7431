import { isAppError } from '@nexoramail/kernel';
import { parseEnvelopePath } from '@nexoramail/mail';

const PARAMETERS = { 'MAIL FROM': ['SIZE', 'BODY', 'SMTPUTF8', 'AUTH'], 'RCPT TO': [] } as const satisfies Record<string, readonly string[]>;
const FORM = /^([A-Z]+ [A-Z]+): ?<([^<>\r\n]*)>((?: [A-Za-z0-9][A-Za-z0-9-]*(?:=[^\s=]+)?)*)$/i;
/** `<>` or a mailbox in xtext (RFC 4954 §5, RFC 3461 §4). */
const AUTH_VALUE = /^(?:<>|(?:[!-*,-<>-~]|\+[0-9A-F]{2})+)$/;

/** MAIL or RCPT, read. */
export interface PathCommand {
  /** Empty for the null sender. */
  readonly address: string;
  /** Parameters by name in capitals; true: without a value. */
  readonly parameters: ReadonlyMap<string, string | true>;
}

/** Why a MAIL or RCPT is refused; `text` begins with its enhanced code. */
export interface PathRefusal {
  readonly code: number;
  readonly text: string;
}

/**
 * Reads a whole MAIL or RCPT line (RFC 5321 §4.1.2) with the address parser of every door. `wide`: MAIL has said SMTPUTF8 (at RCPT). A parameter
 * that is not offered is 555 (security.md S24), one that is given twice 501. Values of SIZE and BODY are the caller's.
 */
export function parsePathCommand(name: keyof typeof PARAMETERS, line: string, wide: boolean): PathCommand | PathRefusal {
  const match = FORM.exec(line);
  if (!match || match[1]?.toUpperCase() !== name) return { code: 501, text: `5.5.4 the form is ${name}:<address>` };
  const inner = match[2] ?? '';
  const parameters = new Map<string, string | true>();
  for (const parameter of (match[3] ?? '').split(' ').filter(Boolean)) {
    const [given = '', value] = parameter.split('=', 2);
    const key = given.toUpperCase();
    if (!(PARAMETERS[name] as readonly string[]).includes(key)) return { code: 555, text: `5.5.4 ${given.slice(0, 20)} is not offered` };
    if (parameters.has(key)) return { code: 501, text: '5.5.4 a parameter is given twice' };
    if (key === 'AUTH' && !AUTH_VALUE.test(value ?? '')) return { code: 501, text: '5.5.4 AUTH= takes <> or a mailbox in xtext' };
    parameters.set(key, value ?? true);
  }
  const utf8 = wide || parameters.has('SMTPUTF8');
  if (!utf8 && /[^\x20-\x7e]/.test(inner)) return { code: 553, text: '5.6.7 the address has non-ASCII characters: say SMTPUTF8 at MAIL' };
  if (inner === '' && name === 'RCPT TO') return { code: 501, text: '5.1.3 a recipient must have an address' };
  try {
    return { address: parseEnvelopePath(`<${inner}>`, { smtputf8: utf8 })?.email ?? '', parameters };
  } catch (error) {
    if (!isAppError(error)) throw error;
    return { code: 501, text: `${name === 'MAIL FROM' ? '5.1.7' : '5.1.3'} ${error.message}` };
  }
}
