import { isEmailEvent, type NexoraEvent } from '@nexoramail/sdk';
import { plain } from './text.js';
import { eventDetail } from './timeline.js';

const TYPE_WIDTH = 17;

/** One event of the feed on one line: when, what, whom it is about, and what was said. */
export function eventLine(event: NexoraEvent): string {
  const { timestamp, type } = event;
  const cells = isEmailEvent(event) ? [event.data.recipient.address, event.data.email_id, eventDetail(event)] : [facts(event.data)];
  return [timestamp, type.padEnd(TYPE_WIDTH), ...cells].map(plain).join('  ').trimEnd();
}

/** The names and words of an account event, such as a domain and its status; ids and flags stay in `--json`. */
function facts(data: Readonly<Record<string, unknown>>): string {
  const words: string[] = [];
  for (const [name, value] of Object.entries(data)) {
    if (typeof value === 'string' && !name.endsWith('id')) words.push(value);
    else if (typeof value === 'object' && value !== null && !Array.isArray(value)) words.push(facts(value as Record<string, unknown>));
  }
  return words.filter((word) => word !== '').join(', ');
}
