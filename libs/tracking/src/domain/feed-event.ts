import type { FeedScope } from './message-view.js';

/** A public event on its way into the log. */
export interface NewEvent extends FeedScope {
  /** Event id of the record it came with, and its place in it: together its identity. */
  readonly recordId: string;
  readonly step: number;
  readonly at: Date;
  readonly type: string;
  readonly messageId: string | undefined;
  readonly recipientIndex: number | undefined;
  /** `data` in its final public form, as JSON text. */
  readonly dataJson: string;
}

/** An event of the log. */
export interface FeedEvent {
  /** 1, 2, 3, … without a gap in (account, mode). */
  readonly seq: number;
  /** `evt_…`. */
  readonly id: string;
  readonly type: string;
  readonly at: Date;
  readonly dataJson: string;
}

/** The newest number of one log. */
export interface FeedHead extends FeedScope {
  readonly seq: number;
}

/** A log's name, for maps. */
export const scopeKey = ({ accountId, mode }: FeedScope): string => `${accountId}/${mode}`;
