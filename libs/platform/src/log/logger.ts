import { pino, type DestinationStream, type Logger as Pino } from 'pino';
import { maskText, redactFields } from './redact.js';
import { readable } from './readable.js';

/** Levels of a log line, from chatty to grave. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Structured log of a process. Fields are redacted (`redact.ts`); still, callers pass ids and numbers, never an address, a body or a secret. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** A logger that adds these fields to each line. */
  child(fields: object): Logger;
}

/** Settings of {@link createLogger}. */
export interface LoggerOptions {
  /** Stands in each line as `service`. */
  readonly service: string;
  /** Least level written; `silent` writes nothing. */
  readonly level?: LogLevel | 'silent';
  /** Where lines go; stdout without waiting for it, flushed when the process ends. */
  readonly destination?: DestinationStream;
  /** Short lines for people instead of JSON; by default when stdout is a terminal. */
  readonly readable?: boolean;
  /** Fields of the call under way (request id, trace id), asked at each line. */
  readonly context?: () => object;
}

class PinoLogger implements Logger {
  constructor(private readonly pino: Pino) {}

  debug(fields: object, message: string): void {
    if (this.pino.isLevelEnabled('debug')) this.pino.debug(redactFields(fields), maskText(message));
  }

  info(fields: object, message: string): void {
    if (this.pino.isLevelEnabled('info')) this.pino.info(redactFields(fields), maskText(message));
  }

  warn(fields: object, message: string): void {
    if (this.pino.isLevelEnabled('warn')) this.pino.warn(redactFields(fields), maskText(message));
  }

  error(fields: object, message: string): void {
    this.pino.error(redactFields(fields), maskText(message));
  }

  child(fields: object): Logger {
    return new PinoLogger(this.pino.child(redactFields(fields)));
  }
}

/** The process's logger: one JSON line per entry (RFC 8259, control characters escaped), with `level`, `time` (UTC, ISO 8601), `service`, `msg`. */
export function createLogger(options: LoggerOptions): Logger {
  const people = options.readable ?? (options.destination === undefined && process.stdout.isTTY);
  const target = options.destination ?? pino.destination({ fd: 1, sync: false });
  const context = options.context;
  return new PinoLogger(pino({
    level: options.level ?? 'info',
    base: { service: options.service },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (level) => ({ level }) },
    ...(context !== undefined && { mixin: () => redactFields(context()) }),
  }, people ? readable(target) : target));
}

/** A logger that writes nothing: for tests and tools. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};
