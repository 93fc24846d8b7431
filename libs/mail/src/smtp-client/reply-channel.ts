import type { Socket } from 'node:net';
import { ReplyParser, type ParsedReply } from '../smtp/reply.js';
import { LinkError, linkErrorOf } from './link-error.js';
import type { Scheduler } from './scheduler.js';
import type { Transcript } from './transcript.js';

/** A reply, or why there is none. */
export type Answer = { readonly reply: ParsedReply; readonly error?: never } | { readonly reply?: never; readonly error: LinkError };

interface Expectation {
  readonly transcript: Transcript;
  timeoutMs: number | undefined;
  readonly settle: (answer: Answer) => void;
}

/**
 * Matches the replies on a socket to the commands sent, in order. Only the oldest expectation's time runs. A reply that
 * nothing was asked for ends the link, but for a 421, which announces the end (`sec-A16`).
 */
export class ReplyChannel {
  private socket: Socket | undefined;
  private parser = new ReplyParser();
  private readonly expected: Expectation[] = [];
  private cancelTimer: () => void = () => undefined;
  private ended: LinkError | undefined;
  private announced = false;

  /** `onEnd` is called once, when the link is of no more use. */
  constructor(private readonly scheduler: Scheduler, private readonly onEnd: () => void = () => undefined) {}

  /** Why the link is of no more use; undefined while it works. */
  get failure(): LinkError | undefined {
    return this.ended;
  }

  /** The peer said 421: it takes no more commands. */
  get closing(): boolean {
    return this.announced || this.ended !== undefined;
  }

  /** True when bytes are there that no command has asked for. */
  get pending(): boolean {
    return this.parser.pending;
  }

  /** Reads from this socket from now on; the one before is left alone. */
  attach(socket: Socket): void {
    this.socket = socket;
    this.parser = new ReplyParser();
    socket.on('data', this.onData).on('error', this.onError).on('close', this.onClose).on('end', this.onClose);
  }

  /** Stops reading, so that TLS can take the socket over. */
  detach(): Socket | undefined {
    const { socket } = this;
    socket?.off('data', this.onData).off('error', this.onError).off('close', this.onClose).off('end', this.onClose);
    this.socket = undefined;
    return socket;
  }

  /** Writes to the peer; `written` tells when the system took it all. */
  write(bytes: string | Uint8Array, written?: () => void): boolean {
    return this.socket?.write(bytes, (error) => {
      if (error === null || error === undefined) written?.();
    }) ?? false;
  }

  /** The next reply. It resolves in any case. Without `timeoutMs` its time does not run until {@link startTimer}. */
  expect(transcript: Transcript, timeoutMs?: number): Promise<Answer> {
    if (this.ended !== undefined) return Promise.resolve({ error: this.ended });
    return new Promise((settle) => {
      this.expected.push({ transcript, timeoutMs, settle });
      if (this.expected.length === 1) this.watch();
    });
  }

  /** Starts the time of the oldest expectation. */
  startTimer(timeoutMs: number): void {
    const [oldest] = this.expected;
    if (oldest === undefined) return;
    oldest.timeoutMs = timeoutMs;
    this.watch();
  }

  /** Ends the link: every expectation gets the error. */
  fail(error: LinkError): void {
    if (this.ended !== undefined) return;
    this.ended = error;
    this.cancelTimer();
    this.expected[0]?.transcript.server(this.parser.partialLines);
    this.socket?.destroy();
    for (const { settle } of this.expected.splice(0)) settle({ error });
    this.onEnd();
  }

  private readonly onData = (chunk: Buffer): void => {
    for (const reply of this.parser.push(chunk)) {
      if (this.ended !== undefined) return;
      if (reply.code === 421) this.announced = true;
      const oldest = this.expected.shift();
      if (oldest === undefined) {
        if (reply.code === 421) continue;
        return this.fail(new LinkError('protocol_error', `reply without a command: ${reply.lines[0] ?? ''}`.slice(0, 300)));
      }
      oldest.transcript.server(reply.lines);
      this.watch();
      oldest.settle({ reply });
    }
    if (this.parser.failure !== undefined) this.fail(new LinkError('protocol_error', this.parser.failure.message));
  };

  private readonly onError = (error: Error): void => this.fail(linkErrorOf(error, 'session'));
  private readonly onClose = (): void => this.fail(new LinkError('connection_lost', 'the peer closed the connection'));

  private watch(): void {
    this.cancelTimer();
    const ms = this.expected[0]?.timeoutMs;
    if (ms === undefined) return;
    this.cancelTimer = this.scheduler.after(ms, () => this.fail(new LinkError('timeout', `no reply within ${ms} ms`)));
  }
}
