import { Type, type SchemaOptions, type TBoolean, type TInteger, type TString, type TUnsafe } from '@sinclair/typebox';

interface NumberLimits {
  readonly default?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

const described = (problem: string): SchemaOptions => ({ problem });

/** TCP or UDP port; 0 lets the system choose. */
export function port(defaultPort?: number): TInteger {
  return Type.Integer({ minimum: 0, maximum: 65_535, ...(defaultPort !== undefined && { default: defaultPort }) });
}

/** A whole number within limits: milliseconds, seconds, bytes, counts. The variable's name carries the unit. */
export function whole(limits: NumberLimits = {}): TInteger {
  return Type.Integer({ minimum: 0, ...limits });
}

/** `true`/`1` or `false`/`0`. */
export function flag(defaultValue = false): TBoolean {
  return Type.Boolean({ default: defaultValue });
}

/** A text that is not empty. */
export function text(defaultValue?: string): TString {
  return Type.String({ minLength: 1, ...(defaultValue !== undefined && { default: defaultValue }) });
}

/** A Postgres connection URL. */
export function postgresUrl(): TString {
  return Type.String({ pattern: '^postgres(ql)?://[^\\s]+$', ...described('must be a URL that begins with postgresql://') });
}

/** An http or https origin or URL. */
export function httpUrl(defaultValue?: string): TString {
  return Type.String({ pattern: '^https?://[^\\s/]+(/[^\\s]*)?$', ...(defaultValue !== undefined && { default: defaultValue }), ...described('must be a URL that begins with http:// or https://') });
}

/** `host:port`, an IPv6 host in brackets. */
export function hostPort(): TString {
  return Type.String({ pattern: '^(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9._-]+):\\d{1,5}$', ...described('must be host:port') });
}

/** Entries separated by commas; blanks around them are dropped. */
export function list(defaultValue?: readonly string[]): TUnsafe<readonly string[]> {
  return Type.Unsafe<readonly string[]>(Type.Array(Type.String({ minLength: 1 }), { minItems: 1, ...(defaultValue !== undefined && { default: [...defaultValue] }) }));
}

/** One of a closed set of words. */
export function oneOf<const T extends string>(values: readonly T[], defaultValue?: NoInfer<T>): TUnsafe<T> {
  return Type.Unsafe<T>(Type.String({ pattern: `^(${values.map((value) => value.replaceAll(/[^\w]/g, '\\$&')).join('|')})$`, ...(defaultValue !== undefined && { default: defaultValue }), ...described(`must be one of ${values.join(', ')}`) }));
}
