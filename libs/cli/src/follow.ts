import { isEmailEvent, NexoraMailError, type EmailEvent, type EventType, type NexoraEvent, type NexoraMail } from '@nexoramail/sdk';
import type { Io } from './io.js';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;

/** Which part of the feed to follow. */
export interface FollowOptions {
  readonly after: string;
  readonly types?: readonly EventType[];
}

/**
 * Every event behind a cursor, for ever. A server that goes away is waited for, with a word to the person; only the
 * first answer must come, so that a wrong address is told at once.
 */
export async function* followFeed(client: NexoraMail, io: Io, { after, types }: FollowOptions): AsyncGenerator<NexoraEvent, void, undefined> {
  let cursor = after;
  let pause = 0;
  for (let answered = false; ;) {
    try {
      const page = await client.events.poll({ after: cursor, wait: 25, signal: io.signal, ...(types !== undefined && { types }) });
      if (pause > 0) io.err('Connected again.');
      answered = true;
      pause = 0;
      cursor = page.next_cursor;
      yield* page.data;
    } catch (error) {
      if (!answered || !(error instanceof NexoraMailError) || !error.retryable) throw error;
      if (pause === 0) io.err('The connection was lost. Trying again …');
      pause = Math.min(LONGEST_PAUSE_MS, pause === 0 ? FIRST_PAUSE_MS : pause * 2);
      await io.sleep(pause);
    }
  }
}

/** The events of one message as they come; ends when nothing of it has come for `patienceMs` (real time). */
export async function* followMessage(client: NexoraMail, io: Io, { id, after, patienceMs }: { id: string; after: string; patienceMs: number }): AsyncGenerator<EmailEvent, void, undefined> {
  let cursor = after;
  let deadline = AbortSignal.timeout(patienceMs);
  for (;;) {
    const page = await client.events.poll({ after: cursor, limit: 100, wait: 25, signal: AbortSignal.any([io.signal, deadline]) }).catch((error: unknown) => {
      if (deadline.aborted && !io.signal.aborted) return undefined;
      throw error;
    });
    if (page === undefined) return;
    cursor = page.next_cursor;
    for (const event of page.data) {
      if (!isEmailEvent(event) || event.data.email_id !== id) continue;
      yield event;
      deadline = AbortSignal.timeout(patienceMs);
    }
  }
}
