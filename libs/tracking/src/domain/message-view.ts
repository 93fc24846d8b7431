import { timeOfUuid } from '@nexoramail/kernel';
import type { RecipientState } from './recipient-state.js';

/** Whose data: every key and list is scoped by it. */
export interface FeedScope {
  readonly accountId: string;
  /** `live` or `test`. */
  readonly mode: string;
}

/** What every event of a message repeats. */
export interface MessageContextFacts {
  readonly messageIdHeader: string;
  readonly category: string;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** A message as accepted, without its recipients and without content (the subject is content: dispatch answers it while it has it). */
export interface MessageEnvelope extends MessageContextFacts {
  readonly createdAt: Date;
  /** Header From as given. */
  readonly from: string;
  readonly replyTo: readonly string[];
  readonly scheduledAt: Date | undefined;
  readonly expiresAt: Date | undefined;
  /** `rest` or `smtp`. */
  readonly source: string;
  readonly templateId: string;
  readonly templateVersion: number;
}

/** A message as lists show it. */
export interface MessageView extends FeedScope, MessageEnvelope {
  readonly id: string;
  /** False until the record of acceptance has arrived: such a message is not shown. */
  readonly complete: boolean;
  readonly recipients: readonly RecipientState[];
}

const DAY_MS = 86_400_000;

/** UTC day `YYYY-MM-DD` of a time. */
export function utcDay(at: Date): string {
  return at.toISOString().slice(0, 10);
}

/** The day after (or, negative, before) by so many days. */
export function addDays(day: string, days: number): string {
  return utcDay(new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS));
}

/** The day by which a message's rows are found: that of its UUIDv7; 1970-01-01 for an id that is none. */
export function dayOfMessage(id: string): string {
  const at = timeOfUuid(id);
  return at > Date.UTC(2020, 0, 1) && at < Date.UTC(2200, 0, 1) ? utcDay(new Date(at)) : '1970-01-01';
}

/** Domain of a From header, lower case; '' when there is none. */
export function domainOfFrom(from: string): string {
  return /@([^@<>\s"]+)>?\s*$/.exec(from)?.[1]?.toLowerCase() ?? '';
}

/** Labels by which tags and metadata are found. */
export function labelsOf({ tags, metadata }: Pick<MessageContextFacts, 'tags' | 'metadata'>): string[] {
  return [...new Set([...tags.map(tagLabel), ...Object.entries(metadata).map(([key, value]) => metadataLabel(key, value))])];
}

/** Label of a tag. */
export const tagLabel = (tag: string): string => `t:${tag}`;

/** Label of a metadata pair. The key's length stands before it, so that no two pairs share a label. */
export const metadataLabel = (key: string, value: string): string => `m${key.length}:${key}=${value}`;
