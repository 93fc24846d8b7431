import { ConfigError, parseConfig, port, text, whole, type Runtime } from '@nexoramail/platform';
import { Type } from '@sinclair/typebox';

const Schema = Type.Object({
  NEXORA_SMTP_PORT: port(2587),
  NEXORA_SMTPS_PORT: port(2465),
  NEXORA_PORT_OFFSET: whole({ default: 0, maximum: 50_000 }),
  NEXORA_SMTP_HOST: text('127.0.0.1'),
  NEXORA_SMTP_NAME: text('localhost'),
  NEXORA_SMTP_TLS_CERT: Type.Optional(text()),
  NEXORA_SMTP_TLS_KEY: Type.Optional(text()),
  NEXORA_SMTP_MAX_SESSIONS: whole({ minimum: 1, default: 10_000 }),
  NEXORA_SMTP_MAX_SESSIONS_PER_SOURCE: whole({ minimum: 1, default: 200 }),
  NEXORA_RATE_LIMIT: whole({ minimum: 1, default: 500 }),
});

/** Largest message taken, in octets after un-stuffing; what is larger comes with the streamed door. */
export const MAX_MESSAGE_OCTETS = 1_000_000;

/** Settings of the SMTP door. */
export interface IngressConfig {
  readonly host: string;
  /** Name in the greeting. */
  readonly name: string;
  readonly submissionPort: number;
  readonly tlsPort: number;
  /** Open connections, those that drain included: in all, and of one IPv4 address or IPv6 /64. */
  readonly maxSessions: number;
  readonly maxSessionsPerSource: number;
  /** Messages a second and key; twice that at once. */
  readonly messagesPerSecond: number;
  /** PEM files of the operator; undefined: a local certificate is made. */
  readonly tlsFiles: { readonly cert: string; readonly key: string } | undefined;
}

/** Reads the settings; both TLS files or neither. */
export function ingressConfig(variables: Runtime['variables']): IngressConfig {
  const parsed = parseConfig(Schema, variables);
  const { NEXORA_SMTP_TLS_CERT: cert, NEXORA_SMTP_TLS_KEY: key, NEXORA_PORT_OFFSET: offset } = parsed;
  if ((cert === undefined) !== (key === undefined)) throw new ConfigError([{ name: cert === undefined ? 'NEXORA_SMTP_TLS_CERT' : 'NEXORA_SMTP_TLS_KEY', problem: 'is not set: certificate and key go together' }]);
  const shifted = (given: number): number => (given === 0 ? 0 : given + offset);
  return {
    host: parsed.NEXORA_SMTP_HOST, name: parsed.NEXORA_SMTP_NAME, submissionPort: shifted(parsed.NEXORA_SMTP_PORT), tlsPort: shifted(parsed.NEXORA_SMTPS_PORT), maxSessions: parsed.NEXORA_SMTP_MAX_SESSIONS,
    maxSessionsPerSource: parsed.NEXORA_SMTP_MAX_SESSIONS_PER_SOURCE, messagesPerSecond: parsed.NEXORA_RATE_LIMIT,
    tlsFiles: cert !== undefined && key !== undefined ? { cert, key } : undefined,
  };
}
