/** TLS of the session a message came over, null when it was plain. */
export interface StoredTls {
  /** `TLSv1.3` or `TLSv1.2`. */
  readonly version: string;
  readonly cipher: string;
}

/** One message as it was received. */
export interface StoredMessage {
  readonly id: string;
  readonly envelopeFrom: string;
  readonly envelopeTo: readonly string[];
  /** Decoded Subject, empty when there is none. */
  readonly subject: string;
  /** Business time. */
  readonly receivedAt: Date;
  readonly tls: StoredTls | null;
  /** Number of the SMTP session since the start. */
  readonly session: number;
  /** The un-stuffed bytes between DATA and the final dot. */
  readonly raw: Buffer;
}

/** Limits of the store. */
export interface StoreLimits {
  readonly messages: number;
  readonly octets: number;
}

/** A bounded mailbox: the oldest messages make room for new ones. */
export class MessageStore {
  private messages: StoredMessage[] = [];
  private readonly byId = new Map<string, StoredMessage>();
  private readonly listeners = new Set<() => void>();
  private octets = 0;

  constructor(private readonly limits: StoreLimits = { messages: 20_000, octets: 256 * 1024 * 1024 }) {}

  /** Number of messages kept. */
  get size(): number {
    return this.messages.length;
  }

  /** Adds a message and drops the oldest ones past the limits. */
  add(message: StoredMessage): void {
    this.messages.push(message);
    this.byId.set(message.id, message);
    this.octets += message.raw.length;
    let drop = 0;
    while (this.messages.length - drop > 1 && (this.messages.length - drop > this.limits.messages || this.octets > this.limits.octets)) {
      const oldest = this.messages[drop];
      drop += 1;
      if (oldest === undefined) break;
      this.byId.delete(oldest.id);
      this.octets -= oldest.raw.length;
    }
    if (drop > 0) this.messages = this.messages.slice(drop);
    for (const listener of this.listeners) listener();
  }

  /** The newest `limit` messages, newest first; `to` keeps those to that address, in any letter case. */
  list(limit = 1_000, to?: string): StoredMessage[] {
    const wanted = to?.toLowerCase();
    const found: StoredMessage[] = [];
    for (let i = this.messages.length - 1; i >= 0 && found.length < limit; i -= 1) {
      const message = this.messages[i];
      if (message === undefined) break;
      if (wanted === undefined || message.envelopeTo.some((address) => address.toLowerCase() === wanted)) found.push(message);
    }
    return found;
  }

  get(id: string): StoredMessage | undefined {
    return this.byId.get(id);
  }

  /** Forgets all messages. */
  clear(): void {
    this.messages = [];
    this.byId.clear();
    this.octets = 0;
    for (const listener of this.listeners) listener();
  }

  /** Calls `listener` after every change; the returned function ends that. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}
