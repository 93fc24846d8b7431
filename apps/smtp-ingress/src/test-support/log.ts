import type { Logger } from '@nexoramail/platform';

/** A logger that keeps its lines. */
export class RecordingLogger implements Logger {
  readonly lines: (Record<string, unknown> & { message: string })[] = [];

  debug(fields: object, message: string): void {
    this.lines.push({ ...fields, message });
  }

  info(fields: object, message: string): void {
    this.debug(fields, message);
  }

  warn(fields: object, message: string): void {
    this.debug(fields, message);
  }

  error(fields: object, message: string): void {
    this.debug(fields, message);
  }

  child(): Logger {
    return this;
  }

  /** Lines of one kind. */
  of(message: string): Record<string, unknown>[] {
    return this.lines.filter((line) => line.message === message);
  }
}
