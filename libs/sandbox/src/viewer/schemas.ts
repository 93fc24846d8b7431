import { Type, type Static, type TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { isIP } from 'node:net';
import { mxValue, ZONE_TYPES, zoneName, type ZoneRecord, type ZoneType } from '../dns-zone.js';
import { SCRIPT_COMMANDS, type ScriptRule } from '../script.js';
import { RequestFault } from './http.js';

const closed = { additionalProperties: false } as const;
const name = Type.String({ minLength: 1, maxLength: 320 });

const Reply = Type.Union([
  Type.String({ pattern: '^[2-5]\\d\\d( [^\\r\\n]*)?$', maxLength: 500, description: 'such as "451 4.3.0 later"' }),
  Type.Object({
    code: Type.Integer({ minimum: 200, maximum: 599 }),
    enhanced: Type.Optional(Type.String({ pattern: '^[245]\\.\\d{1,3}\\.\\d{1,3}$' })),
    text: Type.Optional(Type.String({ maxLength: 20_000, pattern: '^[^\\r\\0]*$' })),
  }, closed),
]);

const Rule = Type.Object({
  address: Type.Optional(name),
  domain: Type.Optional(name),
  mx_host: Type.Optional(name),
  command: Type.Optional(Type.Union(SCRIPT_COMMANDS.map((command) => Type.Literal(command)))),
  probability: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  times: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  latency_ms: Type.Optional(Type.Integer({ minimum: 0, maximum: 600_000 })),
  tls: Type.Optional(Type.Union([Type.Literal('none'), Type.Literal('TLSv1.2'), Type.Literal('TLSv1.3')])),
  reply: Type.Optional(Reply),
  cut: Type.Optional(Type.Boolean()),
  stored: Type.Optional(Type.Boolean()),
}, closed);

const Rules = Type.Object({ rules: Type.Array(Rule, { maxItems: 1_000 }) }, closed);

const Dns = Type.Object({
  name,
  type: Type.Union(ZONE_TYPES.map((type) => Type.Literal(type))),
  values: Type.Optional(Type.Array(Type.String({ maxLength: 65_000 }), { maxItems: 5_000 })),
  ttl: Type.Optional(Type.Integer({ minimum: 0, maximum: 604_800 })),
}, closed);

const DnsRemoval = Type.Object({ name: Type.Optional(name), type: Type.Optional(Type.Union(ZONE_TYPES.map((type) => Type.Literal(type)))) }, closed);

function check<S extends TSchema>(schema: S, value: unknown, at: string): Static<S> {
  if (Value.Check(schema, value)) return value;
  const errors = [...Value.Errors(schema, value)].slice(0, 20).map(({ path, message, schema: expected }) => {
    const choices = (expected.anyOf as { const?: unknown }[] | undefined)?.map((one) => one.const).filter((one) => typeof one === 'string') ?? [];
    return { pointer: `${at}${path}`, message: choices.length > 0 ? `${message}; one of ${choices.join(', ')}` : message };
  });
  throw new RequestFault(422, errors[0] === undefined ? 'the body does not fit' : `${errors[0].pointer || '/'}: ${errors[0].message}`, errors);
}

/** The rules of `PUT /script`: `{rules: […]}`, a list, or one rule. Throws {@link RequestFault} 422. */
export function toScriptRules(body: unknown): ScriptRule[] {
  const wrapped = Array.isArray(body) ? { rules: body as unknown[] } : typeof body === 'object' && body !== null && !('rules' in body) ? { rules: [body] } : body;
  return check(Rules, wrapped, '').rules.map((rule, i): ScriptRule => {
    const early = rule.command !== undefined && !['RCPT', 'DATA', 'DOT'].includes(rule.command);
    if (early && (rule.address !== undefined || rule.domain !== undefined)) {
      throw new RequestFault(422, `/rules/${i}/command: at ${rule.command} no recipient is known yet; use mx_host`, [{ pointer: `/rules/${i}/command`, message: 'no recipient is known yet; use mx_host' }]);
    }
    return {
      ...(rule.address !== undefined && { address: rule.address }),
      ...(rule.domain !== undefined && { domain: zoneName(rule.domain) ?? rule.domain }),
      ...(rule.mx_host !== undefined && { mxHost: zoneName(rule.mx_host) ?? rule.mx_host }),
      ...(rule.command !== undefined && { command: rule.command }),
      ...(rule.probability !== undefined && { probability: rule.probability }),
      ...(rule.times !== undefined && { times: rule.times }),
      ...(rule.latency_ms !== undefined && { latencyMs: rule.latency_ms }),
      ...(rule.tls !== undefined && { tls: rule.tls }),
      ...(rule.cut !== undefined && { cut: rule.cut }),
      ...(rule.stored !== undefined && { stored: rule.stored }),
      ...(rule.reply !== undefined && { reply: toReply(rule.reply) }),
    };
  });
}

function toReply(reply: Static<typeof Reply>): { code: number; enhanced: string; text: string } {
  if (typeof reply !== 'string') return { code: reply.code, enhanced: reply.enhanced ?? '', text: reply.text ?? 'scripted reply' };
  const [, code = '250', enhanced = '', text = ''] = /^(\d{3})(?: ([245]\.\d{1,3}\.\d{1,3}))?(?: ?(.*))?$/s.exec(reply) ?? [];
  return { code: Number(code), enhanced, text: text || 'scripted reply' };
}

/** A rule as `GET /script` shows it. */
export function fromScriptRule({ mxHost, latencyMs, ...rule }: ScriptRule): object {
  return { ...rule, ...(mxHost !== undefined && { mx_host: mxHost }), ...(latencyMs !== undefined && { latency_ms: latencyMs }) };
}

/** The record of `PUT /dns`. Throws {@link RequestFault} 422. */
export function toZoneRecord(body: unknown): ZoneRecord {
  const { name: owner, type, values = [], ttl } = check(Dns, body, '');
  const fault = (pointer: string, message: string): RequestFault => new RequestFault(422, `${pointer}: ${message}`, [{ pointer, message }]);
  if (zoneName(owner.replace(/^\*\./, '')) === undefined) throw fault('/name', 'not a DNS name');
  values.forEach((value, i) => {
    const problem = problemOf(type, value);
    if (problem !== undefined) throw fault(`/values/${i}`, problem);
  });
  if (type === 'CNAME' && values.length > 1) throw fault('/values', 'a name has one CNAME');
  if (type === 'DELAY' && values.length !== 1) throw fault('/values', 'one number of milliseconds');
  return { name: owner, type, values, ...(ttl !== undefined && { ttl }) };
}

function problemOf(type: ZoneType, value: string): string | undefined {
  switch (type) {
    case 'A': return isIP(value) === 4 ? undefined : 'not an IPv4 address';
    case 'AAAA': return isIP(value) === 6 ? undefined : 'not an IPv6 address';
    case 'MX': { const { exchange } = mxValue(value); return exchange === '.' || zoneName(exchange) !== undefined ? undefined : 'not an MX value such as "10 mx.example.com"'; }
    case 'CNAME': case 'NS': return zoneName(value) === undefined ? 'not a DNS name' : undefined;
    case 'DELAY': return /^\d{1,6}$/.test(value) ? undefined : 'not a number of milliseconds';
    case 'TXT': return undefined;
    default: return `${type} holds no value`;
  }
}

/** What `DELETE /dns` names, by body or by query. Throws {@link RequestFault} 422. */
export function toZoneRemoval(body: unknown, query: URLSearchParams): { name?: string; type?: ZoneType } {
  const given = body ?? Object.fromEntries(query);
  const removal = check(DnsRemoval, given, '');
  if (removal.type !== undefined && removal.name === undefined) throw new RequestFault(422, '/name: required with type', [{ pointer: '/name', message: 'required with type' }]);
  return removal;
}
