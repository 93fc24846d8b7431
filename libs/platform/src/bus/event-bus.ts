/** One fact on the bus. Values are protobuf; headers carry account, trace context and the like. */
export interface BusRecord {
  readonly topic: string;
  readonly key: string;
  readonly eventId: string;
  readonly type: string;
  readonly payload: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a consumer group wants. */
export interface Subscription {
  /** Each group gets every record of its topics; within a group each record is handled by one. */
  readonly group: string;
  readonly topics: readonly string[];
  /**
   * Handles up to 500 records, those of one key in the order of their publishing. Throwing repeats the batch, then each record alone; the
   * fifth failure parks a record. `temporarily_unavailable` counts as no failure: it is repeated, with back-off, until it passes.
   */
  readonly handle: (records: readonly BusRecord[]) => Promise<void>;
  /** Keeps a record that failed five times; when it throws, it is repeated until it does not. */
  readonly park: (record: BusRecord, error: Error) => Promise<void>;
}

/** The bus: every record reaches every group at least once, in order per topic and key. Adapters pass `describeEventBus` of `@nexoramail/testing`. */
export interface EventBus {
  /** Resolves when the records are safe: acknowledged by every group (local) or by all in-sync replicas (Kafka). Rejects when that is unknown: publish again, consumers dedupe. */
  publish(records: readonly BusRecord[]): Promise<void>;
  /** Starts delivery to a group; `close` waits for the batch in hand. */
  subscribe(subscription: Subscription): Promise<{ close(): Promise<void> }>;
}
