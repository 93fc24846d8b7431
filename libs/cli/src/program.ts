import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { demo, type DemoFlags } from './commands/demo.js';
import { doctor, type DoctorFlags } from './commands/doctor.js';
import { events, type EventsFlags } from './commands/events.js';
import { send, type SendFlags } from './commands/send.js';
import { EXIT, type Io } from './io.js';
import { reportFailure } from './problem.js';

/** Runs one command line, without the program's own name. Resolves to its exit code: 0 ok, 1 a fault was found, 2 wrong usage; never rejects. */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  let code: number = EXIT.ok;
  const program = build(io, async (work) => void (code = await work()));
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return io.signal.aborted ? EXIT.interrupted : code;
  } catch (error) {
    return reportFailure(error, io, argv.includes('--json'));
  }
}

function build(io: Io, run: (work: () => Promise<number>) => Promise<void>): Command {
  const program = new Command('nexora')
    .description('The command line of NexoraMail: is it in order, send, and see what became of it.')
    .version(version(), '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.out(text.trimEnd()), writeErr: (text) => io.err(text.trimEnd()) })
    .helpCommand(false)
    .addHelpText('after', '\nWhere it goes: .nexora/demo.json (NEXORA_DATA_DIR names another folder); NEXORA_API_URL and NEXORA_API_KEY come first.\nExit codes: 0 ok, 1 a fault was found, 2 wrong usage.');

  program.command('doctor')
    .description('Check the installation: one line for each part, and what to do about a fault')
    .option('--json', 'an array of {check, status: ok|fault|skipped, detail, fix?}')
    .addHelpText('after', examples('nexora doctor', "nexora doctor --json | jq '.[] | select(.status == \"fault\")'"))
    .action((flags: DoctorFlags) => run(() => doctor(flags, io)));

  program.command('send')
    .description('Send one message')
    .requiredOption('--to <address>', 'a recipient; repeat it for more', collect)
    .option('--from <address>', 'the sender (default: that of the demo account)')
    .option('--subject <text>', 'the subject')
    .option('--text <text>', 'the body as text; - reads standard input')
    .option('--html <html>', 'the body as HTML; - reads standard input')
    .option('--category <name>', "the purpose, such as auth.otp (default: the account's)")
    .option('--tag <tag>', 'a tag; repeat it for more', collect)
    .option('--idempotency-key <key>', 'a repeat under the same key sends nothing new')
    .option('--follow', 'draw the timeline until it ends; exit 1 unless every recipient got it')
    .option('--json', 'the answer as JSON; with --follow one more line for each event')
    .addHelpText('after', examples('nexora send --to delivered@sandbox.test --subject Hello --text Hello', 'nexora send --to defer@sandbox.test --subject Hello --text Hello --follow', 'nexora send --to a@sandbox.test --to b@sandbox.test --subject Report --html - < report.html'))
    .action((flags: SendFlags) => run(() => send(flags, io)));

  program.command('events')
    .description('List what happened, oldest first, or follow it as it happens')
    .option('--follow', 'wait for events that are still to come (from --after on when given)')
    .option('--types <types>', 'only these, with commas: email.bounced,domain.verified; "bounced" is short for email.bounced', collectList)
    .option('--after <cursor>', 'begin behind this cursor')
    .option('--limit <n>', 'end after this many', positive)
    .option('--json', 'one line of JSON for each event')
    .addHelpText('after', examples('nexora events --limit 20', 'nexora events --follow --types bounced,complained', 'nexora events --json | jq -r .type | sort | uniq -c'))
    .action((flags: EventsFlags) => run(() => events(flags, io)));

  program.command('demo')
    .description('Send to the sandbox (a delivery, a bounce, a deferral) and draw each timeline as it happens')
    .option('--json', 'one line of JSON for each event and each outcome')
    .addHelpText('after', examples('nexora demo', 'NEXORA_TEST_CLOCK=true npm start   # in another terminal: then the deferral is retried at once'))
    .action((flags: DemoFlags) => run(() => demo(flags, io)));
  return program;
}

const examples = (...lines: string[]): string => `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
const collect = (value: string, before: readonly string[] | undefined): string[] => [...(before ?? []), value];
const collectList = (value: string, before: readonly string[] | undefined): string[] => [...(before ?? []), ...value.split(',').map((one) => one.trim()).filter((one) => one !== '')];

function positive(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(value);
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '0.0.0';
}
