import type { MessagePort, Transferable } from 'node:worker_threads';
import { isAppError, toAppError } from '@nexoramail/kernel';
import { canceled, serverAway } from './call-context.js';
import { decodeError, encodeError } from './errors.js';

interface Ask { readonly kind: 'ask'; readonly id: number; readonly topic: string; readonly body: unknown }
interface Answer { readonly kind: 'answer'; readonly id: number; readonly body?: unknown; readonly error?: Uint8Array }
interface Cancel { readonly kind: 'cancel'; readonly id: number }
interface Tell { readonly kind: 'tell'; readonly topic: string; readonly body: unknown }
type LinkMessage = Ask | Answer | Cancel | Tell;

const KINDS = new Set(['ask', 'answer', 'cancel', 'tell']);
const isLinkMessage = (message: unknown): message is LinkMessage => typeof message === 'object' && message !== null && 'kind' in message && KINDS.has(String(message.kind));

/** What answers a question of the other thread. A rejection with an AppError reaches the asker; anything else becomes `internal`. */
export type LinkHandler = (body: unknown, signal: AbortSignal) => Promise<unknown>;

/**
 * Questions, answers and notes between two threads over a MessagePort. Bodies are structured clones. A port that closes rejects what is open with
 * `temporarily_unavailable`. Does not keep the process alive; other listeners of the port (Wake) are not disturbed.
 */
export class ThreadLink {
  private readonly handlers = new Map<string, LinkHandler>();
  private readonly notes = new Map<string, (body: unknown) => void>();
  private readonly open = new Map<number, { resolve: (body: unknown) => void; reject: (error: Error) => void }>();
  private readonly running = new Map<number, AbortController>();
  private closed = false;
  private last = 0;

  constructor(private readonly port: MessagePort) {
    port.on('message', (message: unknown) => {
      if (isLinkMessage(message)) this.receive(message);
    });
    port.on('close', () => this.end());
    port.unref();
  }

  /** Asks the other side. */
  ask(topic: string, body: unknown, options: { readonly signal?: AbortSignal; readonly transfer?: readonly Transferable[] } = {}): Promise<unknown> {
    if (this.closed) return Promise.reject(serverAway());
    const { signal, transfer = [] } = options;
    if (signal?.aborted === true) return Promise.reject(canceled());
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      const cancel = (): void => {
        this.open.delete(id);
        this.send({ kind: 'cancel', id });
        reject(canceled());
      };
      signal?.addEventListener('abort', cancel, { once: true });
      const leave = (): void => signal?.removeEventListener('abort', cancel);
      this.open.set(id, {
        resolve: (answer) => {
          leave();
          resolve(answer);
        },
        reject: (error) => {
          leave();
          reject(error);
        },
      });
      this.send({ kind: 'ask', id, topic, body }, transfer);
    });
  }

  /** Sends a note that needs no answer. */
  tell(topic: string, body: unknown): void {
    this.send({ kind: 'tell', topic, body });
  }

  /** Answers questions on a topic. */
  onAsk(topic: string, handler: LinkHandler): void {
    this.handlers.set(topic, handler);
  }

  /** Receives notes on a topic. */
  onTell(topic: string, handler: (body: unknown) => void): void {
    this.notes.set(topic, handler);
  }

  /** Calls `listener` when the other side has ended. */
  onEnd(listener: () => void): void {
    this.port.on('close', listener);
  }

  private send(message: LinkMessage, transfer: readonly Transferable[] = []): void {
    if (!this.closed) this.port.postMessage(message, transfer);
  }

  private receive(message: LinkMessage): void {
    switch (message.kind) {
      case 'ask':
        void this.answer(message);
        return;
      case 'tell':
        this.notes.get(message.topic)?.(message.body);
        return;
      case 'cancel':
        this.running.get(message.id)?.abort(canceled());
        return;
      case 'answer': {
        const waiting = this.open.get(message.id);
        this.open.delete(message.id);
        if (message.error === undefined) waiting?.resolve(message.body);
        else waiting?.reject(decodeError(message.error));
      }
    }
  }

  private async answer({ id, topic, body }: Ask): Promise<void> {
    const controller = new AbortController();
    this.running.set(id, controller);
    try {
      const handler = this.handlers.get(topic);
      if (!handler) throw serverAway();
      this.send({ kind: 'answer', id, body: await handler(body, controller.signal) });
    } catch (error) {
      this.send({ kind: 'answer', id, error: encodeError(isAppError(error) ? error : toAppError(error)) });
    } finally {
      this.running.delete(id);
    }
  }

  private end(): void {
    this.closed = true;
    for (const { reject } of this.open.values()) reject(serverAway());
    this.open.clear();
    for (const controller of this.running.values()) controller.abort(canceled());
  }
}
