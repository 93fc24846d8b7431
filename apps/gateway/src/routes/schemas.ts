import { Type, type TObject, type TSchema } from '@sinclair/typebox';

/** A path parameter that names a resource; what it is not is simply not found. */
export const IdParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) });

/** Query of every list. */
export const PageQuery = Type.Object({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })), after: Type.Optional(Type.String({ maxLength: 500 })) }, { additionalProperties: false });

/** Query of an operation that takes none. */
export const NoQuery = Type.Object({}, { additionalProperties: false });

const time = Type.String({ format: 'date-time' });
const nullable = (schema: TSchema): TSchema => Type.Union([schema, Type.Null()]);

/** A page of entries. */
export const pageOf = (entry: TSchema): TObject => Type.Object({ data: Type.Array(entry), has_more: Type.Boolean(), next_cursor: nullable(Type.String()) });

/** A recipient in an answer. */
const RecipientState = Type.Object({
  id: Type.String(), address: Type.String(), status: Type.String(), reason: nullable(Type.String()), attempts: Type.Integer(), next_attempt_at: nullable(time),
  last_smtp: nullable(Type.Object({ code: Type.Integer(), enhanced: nullable(Type.String()), text: Type.String(), mx: nullable(Type.String()), tls: nullable(Type.String()) })),
  final_at: nullable(time), late_bounce: Type.Boolean(),
});

/** A message in an answer. */
export const Email = Type.Object({
  id: Type.String(), message_id_header: Type.String(), status: Type.String(), from: Type.String(), to: Type.Array(Type.String()), cc: Type.Array(Type.String()), bcc: Type.Array(Type.String()),
  reply_to: Type.Array(Type.String()), subject: nullable(Type.String()), category: Type.String(), tags: Type.Array(Type.String()), metadata: Type.Record(Type.String(), Type.String()),
  template: nullable(Type.Object({ id: Type.String(), version: Type.Integer() })), created_at: time, scheduled_at: nullable(time), expires_at: nullable(time), test: Type.Boolean(),
  source: Type.String(), recipients: Type.Array(RecipientState),
});

/** A recipient in the answer to a send. */
export const AcceptedRecipient = Type.Object({ id: Type.String(), address: Type.String(), status: Type.String(), reason: Type.Optional(Type.String()) });

/** The answer to a send. */
export const AcceptedEmail = Type.Object({
  id: Type.String(), status: Type.String(), created_at: time, message_id_header: Type.String(),
  recipients: Type.Array(AcceptedRecipient),
});

/** A public event. */
export const PublicEventSchema = Type.Object({ id: Type.String(), seq: Type.Integer(), type: Type.String(), timestamp: time, data: Type.Record(Type.String(), Type.Unknown()) });

/** One try to hand a copy to the next hop. */
export const AttemptSchema = Type.Object({
  id: Type.String(), recipient_id: Type.String(), n: Type.Integer(), started_at: time, ended_at: time, mx: nullable(Type.String()), ip: nullable(Type.String()),
  tls: nullable(Type.Object({ version: Type.String(), cipher: Type.String(), verified: Type.Boolean() })), outcome: Type.String(),
  smtp: nullable(Type.Object({ code: Type.Integer(), enhanced: nullable(Type.String()), text: Type.String() })),
  transcript: Type.Array(Type.Object({ at_ms: Type.Integer(), dir: Type.String(), line: Type.String() })),
});

/** A sender domain. */
export const DomainSchema = Type.Object({
  id: Type.String(), name: Type.String(), status: Type.String(), created_at: time, verified_at: nullable(time),
  records: Type.Array(Type.Object({
    purpose: Type.String(), type: Type.String(), host: Type.String(), value: Type.String(), required: Type.Boolean(), status: Type.String(), seen: Type.Array(Type.String()), checked_at: nullable(time), fix: nullable(Type.String()),
  })),
});

/** A suppression entry. */
export const SuppressionSchema = Type.Object({
  id: Type.String(), address: Type.String(), scope: Type.String(), category: nullable(Type.String()), reason: Type.String(), locked: Type.Boolean(), note: nullable(Type.String()),
  source_event_id: nullable(Type.String()), created_at: time, expires_at: nullable(time),
});

/** A webhook endpoint. */
export const EndpointSchema = Type.Object({
  id: Type.String(), url: Type.String(), events: Type.Array(Type.String()), description: nullable(Type.String()), status: Type.String(), status_reason: nullable(Type.String()), created_at: time,
});

/** An API key without its secret. */
export const ApiKeySchema = Type.Object({
  id: Type.String(), name: Type.String(), mode: Type.String(), prefix: Type.String(), scopes: Type.Array(Type.String()), created_at: time, last_used_at: nullable(time), expires_at: nullable(time), revoked_at: nullable(time),
});

/** `secret` on top of a resource: shown once. */
export const withSecret = (schema: TObject): TObject => Type.Composite([schema, Type.Object({ secret: Type.String() })]);
