import { isEmailEvent, type AcceptedEmail, type EmailEvent, type NexoraMail, type SendEmail } from '@nexoramail/sdk';
import { connect } from '../client.js';
import { jsonLine, plain, styleFor } from '../draw/text.js';
import { isFinal, Timeline, wordOf } from '../draw/timeline.js';
import { followFeed } from '../follow.js';
import { EXIT, UsageError, type Io } from '../io.js';

/** Options of `nexora send`, as the command line gives them. */
export interface SendFlags {
  readonly to: readonly string[];
  readonly from?: string;
  readonly subject?: string;
  readonly text?: string;
  readonly html?: string;
  readonly category?: string;
  readonly tag?: readonly string[];
  readonly idempotencyKey?: string;
  readonly follow?: boolean;
  readonly json?: boolean;
}

/** Sends one message and tells its id; with `--follow` draws its timeline until each recipient's story has ended. */
export async function send(flags: SendFlags, io: Io): Promise<number> {
  const { client, settings } = connect(io);
  const from = flags.from ?? settings.demo?.sender;
  if (from === undefined) throw new UsageError('Say who sends it: --from "Shop <hello@your-domain.example>" (only the demo account has a sender of its own).');
  const email = await messageOf(flags, from, io);
  // Before the send, so that not even the first event is missed.
  const after = flags.follow ? await client.events.end({ signal: io.signal }) : undefined;
  const accepted = await client.emails.send(email, { signal: io.signal, ...(flags.idempotencyKey !== undefined && { idempotencyKey: flags.idempotencyKey }) });
  if (flags.json) io.out(jsonLine(accepted));
  if (after !== undefined) return drawUntilEnd(client, accepted, after, flags, io);
  if (!flags.json) for (const line of acceptedLines(accepted)) io.out(line);
  return EXIT.ok;
}

function acceptedLines({ id, recipients }: AcceptedEmail): string[] {
  const width = Math.max(...recipients.map(({ address }) => address.length));
  return [plain(id), ...recipients.map(({ address, status, reason }) => plain(`  ${address.padEnd(width)}  ${status}${reason ? ` (${reason})` : ''}`))];
}

async function messageOf(flags: SendFlags, from: string, io: Io): Promise<SendEmail> {
  const { to, subject, category, tag } = flags;
  if (flags.text === undefined && flags.html === undefined) throw new UsageError('Give the message a body: --text or --html (`-` reads it from standard input).');
  if (flags.text === '-' && flags.html === '-') throw new UsageError('Only one of --text and --html can come from standard input.');
  const body = async (given: string): Promise<string> => (given === '-' ? io.readInput() : given);
  return {
    from, to,
    ...(subject !== undefined && { subject }),
    ...(flags.text !== undefined && { text: await body(flags.text) }),
    ...(flags.html !== undefined && { html: await body(flags.html) }),
    ...(category !== undefined && { category }),
    ...(tag !== undefined && { tags: tag }),
  };
}

/** Exit 1 when a recipient did not get it: a script can wait for the delivery. */
async function drawUntilEnd(client: NexoraMail, accepted: AcceptedEmail, after: string, { json, subject }: SendFlags, io: Io): Promise<number> {
  const [first, ...others] = accepted.recipients;
  const timeline = new Timeline(others.length === 0 && first ? first.address : (subject ?? 'Message'), accepted, styleFor(io.isTerminal, io.variables));
  if (!json) io.out(timeline.head());
  let code: number = EXIT.ok;
  for await (const event of storyOf(client, accepted.id, after, io)) {
    const line = timeline.line(event);
    io.out(json ? jsonLine(event) : line);
    if (isFinal(event) && wordOf(event) !== 'delivered') code = EXIT.fault;
    if (timeline.ended) break;
  }
  return code;
}

/** What is known already (a send repeated under its idempotency key has its story behind it), then what comes. */
async function* storyOf(client: NexoraMail, id: string, after: string, io: Io): AsyncGenerator<EmailEvent, void, undefined> {
  const seen = new Set<string>();
  for (const event of await client.emails.events(id, { signal: io.signal })) {
    seen.add(event.id);
    yield event;
  }
  for await (const event of followFeed(client, io, { after })) {
    if (isEmailEvent(event) && event.data.email_id === id && !seen.has(event.id)) yield event;
  }
}
