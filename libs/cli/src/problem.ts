import { CommanderError } from 'commander';
import { ConnectionError, NexoraMailError } from '@nexoramail/sdk';
import { resolveSettings, START_COMMAND } from './demo-settings.js';
import { jsonLine, paint, plain, styleFor } from './draw/text.js';
import { EXIT, Fault, UsageError, type Io } from './io.js';
import { messageOf, systemCode } from './system-error.js';

/** Tells a person, or with `json` a program, why a command failed; returns the exit code. */
export function reportFailure(thrown: unknown, io: Io, json: boolean): number {
  if (io.signal.aborted) return EXIT.interrupted;
  // commander has told it already; help and version come this way too.
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const failure = describe(thrown, io);
  if (json) io.err(jsonLine({ error: failure.facts }));
  else for (const line of failure.lines) io.err(line);
  return thrown instanceof UsageError ? EXIT.usage : EXIT.fault;
}

/** What an API said, in lines: what was seen and how to mend it, each fault of the body, and what to tell support. */
export function problemLines(error: NexoraMailError): string[] {
  const told = [`code ${error.code}`, error.status === null ? '' : `HTTP ${error.status}`, error.requestId === null ? '' : `request ${error.requestId}`];
  return [
    plain(error.message),
    ...error.errors.map(({ pointer, code, message }) => plain(`  ${pointer || '/'}  ${message || code}${message ? `  (${code})` : ''}`)),
    ...(error.retryAfterS === undefined ? [] : [`  Try again in ${Math.ceil(error.retryAfterS)} s.`]),
    plain(`  ${told.filter((part) => part !== '').join(' · ')}`),
  ];
}

interface Failure {
  readonly lines: readonly string[];
  readonly facts: Readonly<Record<string, unknown>>;
}

function describe(thrown: unknown, io: Io): Failure {
  const cross = paint(styleFor(io.isTerminal, io.variables), 'red', '✗');
  const of = (lines: readonly string[], facts: Readonly<Record<string, unknown>>): Failure => ({ lines: lines.map((line, n) => (n === 0 ? `${cross} ${line}` : line)), facts });
  if (thrown instanceof ConnectionError) {
    const { message, fix } = unreachable(thrown, io);
    return of([`${message} ${fix}`], { code: thrown.code, detail: message, fix });
  }
  if (thrown instanceof NexoraMailError) {
    const { code, title, message, status, requestId, retryable, errors } = thrown;
    return of(problemLines(thrown), { code, ...(title !== undefined && { title }), detail: message, status, request_id: requestId, retryable, errors });
  }
  if (thrown instanceof Fault) {
    const { message, fix } = thrown;
    return of([fix === undefined ? message : `${message} ${fix}`], { code: 'fault', detail: message, ...(fix !== undefined && { fix }) });
  }
  if (thrown instanceof UsageError) return of([thrown.message], { code: 'usage', detail: thrown.message });
  const message = messageOf(thrown);
  return of([`A defect of this program: ${plain(message)}`, ...(thrown instanceof Error && thrown.stack ? thrown.stack.split('\n').slice(1, 6) : [])], { code: 'internal', detail: message });
}

/** Why a server could not be reached, and what to do: the start command where it is the stack of this folder. */
export function unreachable(error: ConnectionError, io: Pick<Io, 'cwd' | 'variables'>): { message: string; fix: string } {
  const { apiUrl, demo } = resolveSettings(io);
  const code = systemCode(error);
  const refused = code === 'ECONNREFUSED';
  const message = refused ? `Nothing answers at ${apiUrl}: NexoraMail is not running.` : `The connection to ${apiUrl} failed${code === undefined ? '' : ` (${code})`}.`;
  return { message, fix: demo !== undefined || refused ? `Start it with: ${START_COMMAND}` : 'Is NEXORA_API_URL right?' };
}
