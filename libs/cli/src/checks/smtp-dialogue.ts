import type { Socket } from 'node:net';
import { ReplyParser, type ParsedReply } from '@nexoramail/mail';

/** One question and one answer at a time over SMTP (RFC 5321); every wait ends after the socket's time-out. */
export class SmtpDialogue {
  private readonly parser = new ReplyParser();
  private readonly replies: ParsedReply[] = [];
  private failure: Error | undefined;
  private wake: (() => void) | undefined;

  constructor(private readonly socket: Socket, timeoutMs: number) {
    socket.setTimeout(timeoutMs, () => this.fail(new Error(`no answer within ${timeoutMs / 1_000} s`)));
    socket.on('data', this.onData).on('error', this.fail).on('close', this.onClose);
  }

  /** Sends a line and takes the answer; throws when its code is another than the expected. */
  async ask(line: string | undefined, expected: number): Promise<ParsedReply> {
    if (line !== undefined) this.socket.write(`${line}\r\n`);
    while (this.replies.length === 0) {
      if (this.failure !== undefined) throw this.failure;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    const reply = this.replies.shift();
    if (reply?.code !== expected) throw new UnexpectedReply(reply?.lines.at(-1) ?? '', line);
    return reply;
  }

  /** Leaves the socket to whoever goes on with it. */
  release(): Socket {
    this.socket.off('data', this.onData).off('error', this.fail).off('close', this.onClose).setTimeout(0);
    return this.socket;
  }

  private readonly onData = (chunk: Buffer): void => {
    this.replies.push(...this.parser.push(chunk));
    if (this.parser.failure) this.fail(this.parser.failure);
    else this.wake?.();
  };

  private readonly onClose = (): void => this.fail(new Error('the connection was closed'));

  private readonly fail = (error: Error): void => {
    this.failure ??= error;
    this.socket.destroy();
    this.wake?.();
  };
}

/** The server said something else than it should. */
export class UnexpectedReply extends Error {
  override readonly name = 'UnexpectedReply';

  constructor(readonly reply: string, line: string | undefined) {
    super(`it answered "${reply}" ${line === undefined ? 'as a greeting' : `to ${line.split(' ', 2).join(' ')}`}`);
  }
}
