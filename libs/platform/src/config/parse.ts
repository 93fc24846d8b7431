import { Kind, type Static, type TObject, type TSchema, type TUnion } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';

/** What is wrong with one variable: its name and the rule, never its value. */
export interface ConfigProblem {
  readonly name: string;
  readonly problem: string;
}

/** A configuration that cannot be used. The message names every wrong variable and no value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly ConfigProblem[]) {
    super(`The configuration is not valid: ${problems.map(({ name, problem }) => `${name} ${problem}`).join('; ')}`);
  }
}

/** A TypeBox object of variables, or a union of such objects told apart by a literal. */
export type ConfigSchema = TObject | TUnion<TObject[]>;

/**
 * Parses variables (`process.env`, all texts) once: numbers, flags and lists are read from their texts, an empty text counts as not set, defaults
 * are filled in, unknown variables are dropped. Throws {@link ConfigError} naming every wrong variable. The result is frozen.
 */
export function parseConfig<T extends ConfigSchema>(schema: T, variables: Readonly<Record<string, string | undefined>>): Static<T> {
  const variant = variantOf(schema, variables);
  const problems: ConfigProblem[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(variant.properties)) {
    const text = variables[name]?.trim();
    const value: unknown = text === undefined || text === '' ? structuredClone(property.default) : fromText(property, text);
    if (value !== undefined && Value.Check(property, value)) values[name] = value;
    else if (value !== undefined) problems.push({ name, problem: ruleOf(property) });
    else if (variant.required?.includes(name) ?? false) problems.push({ name, problem: `is not set; it ${ruleOf(property)}` });
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(values);
}

function variantOf(schema: ConfigSchema, variables: Readonly<Record<string, string | undefined>>): TObject {
  return isUnion(schema) ? chooseVariant(schema, variables) : schema;
}

function isUnion(schema: ConfigSchema): schema is TUnion<TObject[]> {
  return schema[Kind] === 'Union';
}

/** The variant whose literals the variables name, counting a literal's default; the first where none fits, so that its rule is reported. */
function chooseVariant(schema: TUnion<TObject[]>, variables: Readonly<Record<string, string | undefined>>): TObject {
  const fits = (variant: TObject): boolean =>
    Object.entries(variant.properties).every(([name, property]) => property['const'] === undefined || String(property['const']) === (variables[name] ?? property.default));
  const chosen = schema.anyOf.find(fits);
  if (chosen) return chosen;
  const names = new Map<string, unknown[]>();
  for (const variant of schema.anyOf) {
    for (const [name, property] of Object.entries(variant.properties)) {
      if (property['const'] !== undefined) names.set(name, [...(names.get(name) ?? []), property['const']]);
    }
  }
  throw new ConfigError([...names].map(([name, values]) => ({ name, problem: `must be one of ${values.join(', ')}` })));
}

/** A text as the schema's type; itself when it does not read as one, so that the check refuses it. Stricter than `Number()`: no hex, no blanks. */
function fromText(schema: TSchema, text: string): unknown {
  switch (schema['type']) {
    case 'integer':
    case 'number':
      return /^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
    case 'boolean':
      return { true: true, '1': true, false: false, '0': false }[text.toLowerCase()] ?? text;
    case 'array':
      return text.split(',').map((entry) => entry.trim()).filter((entry) => entry !== '');
    default:
      return text;
  }
}

function ruleOf(schema: TSchema): string {
  if (typeof schema['problem'] === 'string') return schema['problem'];
  const { minimum, maximum } = schema as { minimum?: number; maximum?: number };
  const range = [...(minimum !== undefined ? [`at least ${minimum}`] : []), ...(maximum !== undefined ? [`at most ${maximum}`] : [])].join(' and ');
  switch (schema['type']) {
    case 'integer':
      return `must be a whole number${range && `, ${range}`}`;
    case 'number':
      return `must be a number${range && `, ${range}`}`;
    case 'boolean':
      return 'must be true or false';
    case 'array':
      return 'must be a list separated by commas';
    default:
      return 'must be a text that fits its form';
  }
}
