import { AppError, type FieldError } from '@nexoramail/kernel';
import type { TSchema } from '@sinclair/typebox';
import { Ajv, type ErrorObject } from 'ajv';
import formats from 'ajv-formats';
import { nearestName } from '@nexoramail/platform';

type Part = 'body' | 'query' | 'params';
const options = { allErrors: true, verbose: true, strict: false, messages: true } as const;
// `allErrors` is bounded by the body limit and by maxItems; ajv stops a keyword at its first fault.
const bodies = formats.default(new Ajv(options));
const texts = formats.default(new Ajv({ ...options, coerceTypes: 'array' }));

/** Compiles a schema into a check that throws `validation_failed` with one entry per fault. Query and path texts are turned into the schema's types. */
export function compileSchema(schema: TSchema, part: Part): (value: unknown) => void {
  const validate = (part === 'body' ? bodies : texts).compile(schema);
  return (value) => {
    if (validate(value)) return;
    const errors = describeErrors(validate.errors ?? [], part);
    throw validationFailed(errors);
  };
}

/** `validation_failed` whose detail is the first fault and the number of others. */
export function validationFailed(errors: readonly FieldError[]): AppError {
  const [first, ...others] = errors;
  const more = others.length === 0 ? '' : ` (and ${others.length} more, see errors)`;
  return new AppError('validation_failed', `${first?.message ?? 'The request is not valid.'}${more}`, { errors });
}

function describeErrors(errors: readonly ErrorObject[], part: Part): FieldError[] {
  // A failed choice reports each branch too: the choice itself, described by its schema, says enough.
  const choices = errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf').map(({ instancePath }) => instancePath);
  const told = errors.filter((error) => error.keyword === 'anyOf' || error.keyword === 'oneOf' || !choices.some((path) => error.instancePath.startsWith(path) && error.schemaPath.includes('/anyOf/')));
  const seen = new Set<string>();
  return told.map((error) => describe(error, part)).filter(({ pointer, code }) => !seen.has(`${pointer} ${code}`) && seen.add(`${pointer} ${code}`)).slice(0, 50);
}

const kindOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value === 'object' ? 'an object' : `a ${typeof value}`);
const escapePointer = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

function describe(error: ErrorObject, part: Part): FieldError {
  const { keyword, instancePath, params, data } = error;
  const given = params as Record<string, string | number | undefined>;
  const parent = (error.parentSchema ?? {}) as { description?: string; properties?: Record<string, unknown>; enum?: unknown[] };
  const where = instancePath === '' ? (part === 'body' ? 'The body' : 'The request') : `\`${instancePath.slice(1).replaceAll('/', '.')}\``;
  const fault = (code: string, message: string, pointer = instancePath): FieldError => ({ pointer, code, message });
  switch (keyword) {
    case 'additionalProperties': {
      const name = String(given['additionalProperty']).slice(0, 100);
      const known = Object.keys(parent.properties ?? {});
      const near = nearestName(name, known);
      return fault('unknown_field', `\`${name}\` is not a known field${near ? `: did you mean \`${near}\`?` : `. Known ones are ${known.join(', ')}.`}`, `${instancePath}/${escapePointer(name)}`);
    }
    case 'required':
      return fault('required', `\`${given['missingProperty']}\` is required${instancePath ? ` in ${where}` : ''}.`, `${instancePath}/${escapePointer(String(given['missingProperty']))}`);
    case 'type':
      return fault('wrong_type', `${where} must be ${given['type'] === 'object' || given['type'] === 'array' || given['type'] === 'integer' ? 'an' : 'a'} ${given['type']}, not ${kindOf(data)}.`);
    case 'enum':
      return fault('not_allowed', `${where} must be one of ${(parent.enum ?? []).map(String).join(', ')}.`);
    case 'const':
      return fault('not_allowed', `${where} must be ${String(given['allowedValue'])}.`);
    case 'minLength':
      return fault('too_short', given['limit'] === 1 ? `${where} must not be empty.` : `${where} must have at least ${given['limit']} characters.`);
    case 'maxLength':
      return fault('too_long', `${where} has ${typeof data === 'string' ? data.length : 'too many'} characters; at most ${given['limit']} are allowed.`);
    case 'minItems':
      return fault('too_few', `${where} needs at least ${given['limit']} entries.`);
    case 'maxItems':
      return fault('too_many', `${where} has ${Array.isArray(data) ? data.length : 'too many'} entries; at most ${given['limit']} are allowed.`);
    case 'maxProperties':
      return fault('too_many', `${where} has more than ${given['limit']} keys.`);
    case 'minProperties':
      return fault('too_few', `${where} needs at least ${given['limit']} of its fields.`);
    case 'minimum':
    case 'maximum':
      return fault('out_of_range', `${where} must be ${given['comparison']} ${given['limit']}.`);
    case 'format':
      return fault('wrong_format', `${where} must be ${parent.description ?? `a ${given['format']}`}.`);
    default:
      return fault(keyword === 'pattern' ? 'wrong_format' : 'not_valid', `${where} must be ${parent.description ?? `valid (${error.message ?? keyword})`}.`);
  }
}
