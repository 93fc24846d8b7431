/** Encodes and decodes the values of a topic: what ts-proto generates for each message. */
export interface TopicCodec<T> {
  encode(value: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}

/** One topic of the bus. Producers, consumers, topic creation, `docs/topics.md` and the dead-letter name derive from it. */
export interface TopicDefinition<T> {
  /** `nexora.<area>.<what>.v<n>`; a change of partition count or meaning makes a new version. */
  readonly name: string;
  /** The one service that writes it; `also` names others for topics with several writers of different types. */
  readonly owner: string;
  readonly readers: readonly string[];
  /** Order holds per key. */
  readonly keyOf: (value: T) => string;
  readonly keyName: string;
  /** At least twice the most consumers that a group will ever have. */
  readonly partitions: number;
  /** Topics with addresses are kept at most 72 h. */
  readonly retentionHours: number;
  readonly codec: TopicCodec<T>;
  /** One sentence for `docs/topics.md`. */
  readonly purpose: string;
}

/** Declares a topic; the type of its values follows from the codec. */
export function defineTopic<T>(definition: TopicDefinition<T>): TopicDefinition<T> {
  if (!/^nexora\.[a-z]+\.[a-z]+\.v\d+$/.test(definition.name)) throw new Error(`Topic name ${definition.name} does not match nexora.<area>.<what>.v<n>`);
  return Object.freeze(definition);
}
