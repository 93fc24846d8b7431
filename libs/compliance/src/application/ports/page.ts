/** One page of a list, newest first. */
export interface PageOf<T> {
  readonly items: readonly T[];
  readonly hasMore: boolean;
}
