/** What a command sees of the world, so that a spec can be the world. */
export interface Io {
  /** Writes one line, or several, to standard output. */
  out(text: string): void;
  /** Writes one line, or several, to standard error. */
  err(text: string): void;
  /** Standard output is a terminal: drawings may use line characters, and colours unless `NO_COLOR` says otherwise. */
  readonly isTerminal: boolean;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  now(): Date;
  /** Resolves after `ms`; rejects with the signal's reason when the command is interrupted. */
  sleep(ms: number): Promise<void>;
  /** All of standard input. */
  readInput(): Promise<string>;
  /** A few letters and digits that no other call has given. */
  unique(): string;
}

/** Exit codes (`interfaces.md` §9); 130 is the shell's word for Ctrl-C. */
export const EXIT = { ok: 0, fault: 1, usage: 2, interrupted: 130 } as const;

/** A failure that one line can tell, and a second one mend. Exit 1. */
export class Fault extends Error {
  override readonly name = 'Fault';

  constructor(message: string, readonly fix?: string) {
    super(message);
  }
}

/** The command was called in a way that cannot work. Exit 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
