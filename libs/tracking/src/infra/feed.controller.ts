import { Controller } from '@nestjs/common';
import { FeedServiceService, type Event, type FeedService, type ListEventsRequest, type ListEventsResponse, type ListMessageEventsRequest, type ListMessageEventsResponse } from '@nexoramail/contracts';
import { isUuid } from '@nexoramail/kernel';
import { currentCall, GrpcService, scopeOf } from '@nexoramail/platform';
import { ListEvents } from '../application/list-events.js';
import { ListMessageEvents } from '../application/list-message-events.js';
import type { FeedEvent } from '../domain/feed-event.js';

/** The account's event log over gRPC. */
@Controller()
@GrpcService(FeedServiceService)
export class FeedController implements FeedService {
  constructor(private readonly events: ListEvents, private readonly timeline: ListMessageEvents) {}

  async listEvents({ scope, afterSeq, types, limit, waitMs }: ListEventsRequest): Promise<ListEventsResponse> {
    const signal = currentCall()?.signal;
    const page = await this.events.execute({ ...scopeOf(scope), afterSeq: Number(afterSeq), types, limit, waitMs, ...(signal && { signal }) });
    return { events: page.events.map(toEvent), nextSeq: BigInt(page.nextSeq), hasMore: page.hasMore };
  }

  async listMessageEvents({ scope, messageId }: ListMessageEventsRequest): Promise<ListMessageEventsResponse> {
    const found = isUuid(messageId) ? await this.timeline.execute(scopeOf(scope), messageId) : [];
    return { events: found.map(toEvent) };
  }
}

function toEvent({ seq, id, type, at, dataJson }: FeedEvent): Event {
  return { seq: BigInt(seq), id, type, timestamp: at, dataJson };
}
