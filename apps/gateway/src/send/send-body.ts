import { CATEGORIES } from '@nexoramail/kernel';
import { Type, type Static } from '@sinclair/typebox';

const mailboxText = 'a mailbox such as "Ann <ann@shop.example>", or {"email": "ann@shop.example", "name": "Ann"}';

/** One mailbox, as text or in parts. */
export const Mailbox = Type.Union([Type.String({ minLength: 3, maxLength: 1000 }), Type.Object({ email: Type.String({ maxLength: 320 }), name: Type.Optional(Type.String({ maxLength: 320 })) }, { additionalProperties: false })], {
  description: mailboxText,
});

const Mailboxes = Type.Union([Mailbox, Type.Array(Mailbox, { maxItems: 200 })], { description: `${mailboxText}, or a list of at most 50 of them` });

/** Limits of `POST /v1/emails` that the schema cannot say. */
export const SEND_LIMITS = { recipients: 50, tags: 10, metadataKeys: 50, scheduledDays: 30, messageBytes: 1_000_000 } as const;

/** Body of `POST /v1/emails`. */
export const SendBody = Type.Object(
  {
    from: Mailbox,
    to: Mailboxes,
    cc: Type.Optional(Mailboxes),
    bcc: Type.Optional(Mailboxes),
    reply_to: Type.Optional(Mailboxes),
    subject: Type.String({ minLength: 1, maxLength: 998, description: 'a subject of 1 to 998 characters' }),
    html: Type.Optional(Type.String({ description: 'HTML body' })),
    text: Type.Optional(Type.String({ description: 'plain text body' })),
    attachments: Type.Optional(
      Type.Array(
        Type.Object(
          {
            filename: Type.String({ minLength: 1, maxLength: 255 }),
            content: Type.String({ description: 'base64 of the file' }),
            content_type: Type.Optional(Type.String({ maxLength: 255, pattern: '^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+$', description: 'a media type such as application/pdf' })),
            content_id: Type.Optional(Type.String({ minLength: 1, maxLength: 255, pattern: '^[A-Za-z0-9._@+-]+$', description: 'letters, digits and . _ @ + -, as in cid:logo' })),
          },
          { additionalProperties: false },
        ),
        { maxItems: 50 },
      ),
    ),
    headers: Type.Optional(Type.Record(Type.String(), Type.String({ maxLength: 998 }), { maxProperties: 50, description: 'custom header fields, name to text' })),
    category: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: `a transactional purpose: ${Object.keys(CATEGORIES).join(', ')}` })),
    tags: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9._:-]+$', description: '1 to 64 letters, digits and . _ : -' }), { maxItems: SEND_LIMITS.tags })),
    metadata: Type.Optional(
      Type.Record(Type.String(), Type.String({ maxLength: 500 }), { maxProperties: SEND_LIMITS.metadataKeys, description: 'at most 50 keys of 1 to 40 characters, each with a text of at most 500' }),
    ),
    scheduled_at: Type.Optional(Type.String({ format: 'date-time', description: 'a time of RFC 3339 such as 2026-12-01T08:00:00Z, at most 30 days ahead' })),
    expires_in_s: Type.Optional(Type.Integer({ minimum: 60, maximum: 172_800 })),
    tracking: Type.Optional(Type.Object({ opens: Type.Optional(Type.Boolean()), clicks: Type.Optional(Type.Boolean()) }, { additionalProperties: false })),
    sensitive: Type.Optional(Type.Boolean()),
    ordering_key: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    require_tls: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false, description: 'One message.' },
);

/** A body that fits {@link SendBody}. */
export type SendBody = Static<typeof SendBody>;

/** What every example in the documentation sends. */
export const SEND_EXAMPLE: SendBody = {
  from: 'Acme <receipts@acme.example>',
  to: 'Ann <ann@shop.example>',
  subject: 'Your receipt 1001',
  text: 'Thank you. We have charged 12.00 EUR.',
  category: 'commerce.receipt',
  tags: ['receipt'],
  metadata: { order: '1001' },
};
