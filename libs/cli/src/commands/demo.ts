import type { EmailEvent, NexoraMail } from '@nexoramail/sdk';
import { connect } from '../client.js';
import { START_COMMAND, type Demo } from '../demo-settings.js';
import { duration, jsonLine, paint, styleFor } from '../draw/text.js';
import { Timeline, wordOf } from '../draw/timeline.js';
import { followMessage } from '../follow.js';
import { EXIT, Fault, type Io } from '../io.js';
import { advanceClock } from '../test-clock.js';

/** Options of `nexora demo`, and how long (real time) it waits for the next event of a message. */
export interface DemoFlags {
  readonly json?: boolean;
  readonly patienceMs?: number;
}

/** A message of the demo: to which scripted mailbox of the sandbox, and how its story must end. */
interface Play {
  readonly mailbox: string;
  readonly subject: string;
  readonly ends: readonly string[];
  /** Tries that the mailbox puts off before it takes the message. */
  readonly delays: number;
}

const PLAYS: readonly Play[] = [
  { mailbox: 'delivered', subject: 'Your receipt 1001', ends: ['delivered'], delays: 0 },
  { mailbox: 'bounce', subject: 'Your receipt 1002', ends: ['bounced'], delays: 0 },
  { mailbox: 'defer', subject: 'Your receipt 1003', ends: ['delivered'], delays: 2 },
];
const PATIENCE_MS = 30_000;

/** What became of a message of the demo. */
interface Result {
  readonly demo: string;
  readonly id: string;
  readonly state: string;
  readonly as_expected: boolean;
  readonly detail?: string;
}

/** Sends to the sandbox's scripted mailboxes and draws each timeline as it happens. Exit 1 when one does not end as it must. */
export async function demo(flags: DemoFlags, io: Io): Promise<number> {
  const { client, settings } = connect(io);
  if (settings.demo === undefined) throw new Fault('The demo needs the embedded stack with its sandbox.', `Unset NEXORA_API_URL and NEXORA_API_KEY, and start it with: ${START_COMMAND}`);
  const results: Result[] = [];
  for (const play of PLAYS) {
    const result = await perform(play, client, settings.demo, flags, io);
    results.push(result);
    if (flags.json) io.out(jsonLine(result));
    else io.out('');
  }
  const good = results.filter((result) => result.as_expected).length;
  if (!flags.json) for (const line of closing(settings.demo, good, results.length, io)) io.out(line);
  return good === results.length ? EXIT.ok : EXIT.fault;
}

async function perform(play: Play, client: NexoraMail, { sender, api_url: apiUrl }: Demo, { json, patienceMs = PATIENCE_MS }: DemoFlags, io: Io): Promise<Result> {
  const title = `${play.mailbox}@sandbox.test`;
  const after = await client.events.end({ signal: io.signal });
  // A label makes the address new: the sandbox counts tries by address, and one that bounced is suppressed.
  const accepted = await client.emails.send(
    { from: sender, to: `${play.mailbox}+${io.unique()}@sandbox.test`, subject: play.subject, text: 'Thank you for your order.\n', category: 'commerce.receipt' },
    { signal: io.signal },
  );
  const timeline = new Timeline(title, accepted, styleFor(io.isTerminal, io.variables));
  const say = (line: string): void => (json ? undefined : io.out(line));
  const result = (state: string, asExpected: boolean, detail?: string): Result => {
    if (detail !== undefined) say(timeline.note(detail));
    return { demo: title, id: accepted.id, state, as_expected: asExpected, ...(detail !== undefined && { detail }) };
  };
  say(timeline.head());
  let state: string = accepted.status;
  let delays = 0;
  for await (const event of followMessage(client, io, { id: accepted.id, after, patienceMs })) {
    const line = timeline.line(event);
    if (json) io.out(jsonLine({ demo: title, event }));
    else io.out(line);
    state = wordOf(event);
    if (timeline.ended) {
      const expected = play.ends.includes(state) && delays === play.delays;
      return result(state, expected, expected ? undefined : `Expected ${play.delays === 0 ? '' : `${play.delays} delays, then `}${play.ends.join(' or ')}.`);
    }
    if (state !== 'delayed') continue;
    delays += 1;
    if (delays > play.delays) return result(state, false, `Expected ${play.ends.join(' or ')}; it was put off ${delays} times.`);
    const wait = await untilNextTry(event, client, io);
    const seconds = Math.ceil(wait / 1_000) + 1;
    const clock = await advanceClock(apiUrl, seconds, io);
    if (clock === 'off') return result(state, true, `The test clock is off, so the next try follows in about ${minutes(wait)}. To see it at once: NEXORA_TEST_CLOCK=true ${START_COMMAND}`);
    say(timeline.note(`test clock: ${duration(seconds * 1_000)} forward${clock === 'unsettled' ? ' (not all that became due has been tried yet)' : ''}`));
  }
  return result(state, false, `Nothing more came within ${duration(patienceMs)}.`);
}

/** Milliseconds of business time from a delay to the next try. */
async function untilNextTry({ timestamp, data }: EmailEvent, client: NexoraMail, io: Io): Promise<number> {
  const at = data.next_attempt_at ?? (await client.emails.get(data.email_id, { signal: io.signal })).recipients[0]?.next_attempt_at;
  const wait = Date.parse(at ?? '') - Date.parse(timestamp);
  if (Number.isNaN(wait)) throw new Fault('A delayed message does not tell when it is tried next.');
  return Math.max(0, wait);
}

function minutes(ms: number): string {
  const count = Math.max(1, Math.round(ms / 60_000));
  return `${count} minute${count === 1 ? '' : 's'}`;
}

function closing(stack: Demo, good: number, all: number, io: Io): string[] {
  const style = styleFor(io.isTerminal, io.variables);
  const verdict = good === all ? paint(style, 'green', `${good} of ${all} as expected.`) : paint(style, 'red', `${good} of ${all} as expected.`);
  return [verdict, `  Dashboard      ${stack.dashboard_url}/messages`, `  Sandbox inbox  ${stack.sandbox_mx.http_url}`];
}
