/** What stands behind MAIL FROM or RCPT TO. */
export interface SmtpPath {
  /** As sent; empty for `<>`. */
  readonly address: string;
  /** Upper-case names; a parameter without value has ''. */
  readonly parameters: ReadonlyMap<string, string>;
}

const SYNTAX = /^(?:MAIL FROM|RCPT TO): ?<((?:"(?:[^"\\]|\\.)*"|[^<>\s"])*)>((?: [^\s=]+(?:=\S+)?)*) *$/i;

/** Parses `MAIL FROM:<…> …` or `RCPT TO:<…> …` (RFC 5321 §4.1.2), undefined when it is neither. */
export function parsePath(line: string): SmtpPath | undefined {
  const match = SYNTAX.exec(line);
  if (match === null) return undefined;
  const parameters = new Map<string, string>();
  for (const word of (match[2] ?? '').split(' ').filter(Boolean)) {
    const equals = word.indexOf('=');
    parameters.set((equals < 0 ? word : word.slice(0, equals)).toUpperCase(), equals < 0 ? '' : word.slice(equals + 1));
  }
  return { address: match[1] ?? '', parameters };
}

/** The domain of an address in lower case. */
export const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1).toLowerCase();
