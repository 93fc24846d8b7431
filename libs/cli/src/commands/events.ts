import type { EventType, NexoraEvent } from '@nexoramail/sdk';
import { connect } from '../client.js';
import { eventLine } from '../draw/event-line.js';
import { jsonLine } from '../draw/text.js';
import { followFeed } from '../follow.js';
import { EXIT, UsageError, type Io } from '../io.js';

/** Options of `nexora events`, as the command line gives them. */
export interface EventsFlags {
  readonly types?: readonly string[];
  readonly after?: string;
  readonly limit?: number;
  readonly follow?: boolean;
  readonly json?: boolean;
}

/** Lists the account's events, oldest first; with `--follow` what is still to come (or all behind `--after`), until Ctrl-C. */
export async function events(flags: EventsFlags, io: Io): Promise<number> {
  const types = flags.types?.map(typeOf);
  const { client } = connect(io);
  const tell = (event: NexoraEvent): void => io.out(flags.json ? jsonLine(event) : eventLine(event));
  let left = flags.limit ?? Number.POSITIVE_INFINITY;
  if (flags.follow) {
    const after = flags.after ?? (await client.events.end({ signal: io.signal }));
    if (io.isTerminal && !flags.json) io.err('Waiting for events. Ctrl-C ends.');
    for await (const event of followFeed(client, io, { after, ...(types && { types }) })) {
      tell(event);
      if ((left -= 1) <= 0) break;
    }
    return EXIT.ok;
  }
  let after = flags.after;
  for (let more = true, told = false; more && left > 0; ) {
    const limit = Math.min(100, left);
    const page = await client.events.poll({ limit, signal: io.signal, ...(types && { types }), ...(after !== undefined && { after }) });
    page.data.forEach(tell);
    told ||= page.data.length > 0;
    left -= page.data.length;
    more = page.has_more;
    after = page.next_cursor;
    if (!more && !told && !flags.json) io.err('No events.');
  }
  // On standard error, so that it never lands among the events.
  if (after !== undefined && io.isTerminal && !flags.json) io.err(`What comes next: nexora events --after ${after}`);
  return EXIT.ok;
}

/** `delivered` is short for `email.delivered`; a name with a dot is taken as it is. */
function typeOf(name: string): EventType {
  if (!/^[a-z_]+(\.[a-z_]+)?$/.test(name)) throw new UsageError(`\`${name}\` is no type of an event. Types look like email.delivered or domain.verified.`);
  return (name.includes('.') ? name : `email.${name}`) as EventType;
}
