import type { FeedService } from '@nexoramail/contracts';
import { AppError } from '@nexoramail/kernel';
import { Type } from '@sinclair/typebox';
import { scopeOf } from '../auth/caller.js';
import { defineOperation, type Operation } from '../http/operation.js';
import { eventJson } from '../send/email-view.js';
import { PageQuery, PublicEventSchema } from './schemas.js';

const Query = Type.Composite([
  PageQuery,
  Type.Object({ types: Type.Optional(Type.String({ maxLength: 1000, description: 'event types, separated by commas' })), wait: Type.Optional(Type.Integer({ minimum: 0, maximum: 25 })) }),
], { additionalProperties: false });

const cursorOf = (seq: bigint): string => Buffer.from(`seq:${seq}`).toString('base64url');

function seqOf(cursor: string | undefined): bigint {
  if (cursor === undefined || cursor === '') return 0n;
  const match = /^seq:(\d{1,18})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'));
  if (match?.[1] !== undefined && cursorOf(BigInt(match[1])) === cursor) return BigInt(match[1]);
  const message = '`after` must be a `next_cursor` of this list.';
  throw new AppError('validation_failed', message, { errors: [{ pointer: '/after', code: 'wrong_format', message }] });
}

/** `/v1/events`: the account's log in order, with a long poll. */
export function eventRoutes(feed: Pick<FeedService, 'listEvents'>): Operation[] {
  return [
    defineOperation({
      id: 'listEvents', method: 'GET', path: '/v1/events', tag: 'Events', scope: 'events:read', summary: 'All events, oldest first',
      description: '`seq` starts at 1 and has no gap. `next_cursor` is never null: ask with it again, with `wait` up to 25 s, to follow the log.',
      query: Query,
      answers: { 200: { description: 'A stretch of the log', schema: Type.Object({ data: Type.Array(PublicEventSchema), has_more: Type.Boolean(), next_cursor: Type.String() }) } },
      handler: async ({ query, caller }) => {
        const types = (query.types ?? '').split(',').map((type) => type.trim()).filter((type) => type !== '');
        const { events, nextSeq, hasMore } = await feed.listEvents({ scope: scopeOf(caller), afterSeq: seqOf(query.after), types, limit: query.limit ?? 25, waitMs: (query.wait ?? 0) * 1000 });
        return { status: 200, body: { data: events.map(eventJson), has_more: hasMore, next_cursor: cursorOf(nextSeq) } };
      },
    }),
  ];
}
