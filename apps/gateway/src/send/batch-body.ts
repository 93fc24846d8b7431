import { Type, type Static } from '@sinclair/typebox';
import { SEND_EXAMPLE, SendBody } from './send-body.js';

/** Limits of `POST /v1/emails/batch`. All bodies lie in memory: 10 MB of JSON in all. */
export const BATCH_LIMITS = { emails: 500, bodyBytes: 10_000_000, atomicBytes: 3_500_000 } as const;

const Mode = Type.Optional(Type.Union([Type.Literal('partial'), Type.Literal('atomic')], { description: 'partial (each for itself; the default) or atomic (all or none)' }));
const emailsOptions = { minItems: 1, maxItems: BATCH_LIMITS.emails };

/** Body of `POST /v1/emails/batch`. Each email is checked for itself, so that one fault does not hide the others. */
export const BatchBody = Type.Object({ mode: Mode, emails: Type.Array(Type.Unknown(), emailsOptions) }, { additionalProperties: false, description: 'Up to 500 messages.' });

/** The same with what each email must be. */
export const ShownBatchBody = Type.Object({ mode: Mode, emails: Type.Array(SendBody, emailsOptions) }, { additionalProperties: false, description: 'Up to 500 messages.' });

/** A body that fits {@link BatchBody}. */
export type BatchBody = Static<typeof BatchBody>;

/** Two receipts. */
export const BATCH_EXAMPLE: BatchBody = { mode: 'partial', emails: [SEND_EXAMPLE, { ...SEND_EXAMPLE, to: 'Bob <bob@shop.example>', subject: 'Your receipt 1002' }] };
