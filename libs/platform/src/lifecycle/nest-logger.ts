import type { LoggerService } from '@nestjs/common';
import type { Logger } from '../log/logger.js';

/** Nest's own messages in our log: its start-up chatter at debug, its warnings and errors at their level. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(contextOf(rest), text(message));
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(contextOf(rest), text(message));
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(contextOf(rest), text(message));
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.logger.warn(contextOf(rest), text(message));
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.logger.error({ ...contextOf(rest), ...(message instanceof Error && { err: message }) }, text(message));
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.error(message, ...rest);
  }
}

function contextOf(rest: readonly unknown[]): { context?: string } {
  const context = rest.at(-1);
  return typeof context === 'string' ? { context } : {};
}

function text(message: unknown): string {
  if (message instanceof Error) return message.message;
  return typeof message === 'string' ? message : JSON.stringify(message);
}
