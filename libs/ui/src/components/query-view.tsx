import type { ReactElement, ReactNode } from 'react';
import { errorFacts } from '../logic/error-facts.js';
import { Button } from './button.js';
import { ErrorState, Notice, Skeleton } from './states.js';

/** What a query must tell; those of TanStack Query do. */
export interface QueryLike<T> {
  readonly data: T | undefined;
  readonly error: unknown;
  readonly refetch: () => unknown;
}

/** What {@link QueryView} shows. */
export interface QueryViewProps<T> {
  query: QueryLike<T>;
  /** Shown instead of the children when there is nothing. */
  empty?: ReactNode;
  /** Default: an empty array. */
  isEmpty?: (data: T) => boolean;
  skeletonRows?: number;
  children: (data: T) => ReactNode;
}

/** The one place that knows loading, empty and failed, so that no page can forget one. Data that is there stays while a renewal fails. */
export function QueryView<T>({ query, empty, isEmpty = isEmptyList, skeletonRows = 6, children }: QueryViewProps<T>): ReactElement {
  const { data, error } = query;
  const retry = (): void => void query.refetch();
  if (data === undefined) return error ? <ErrorState error={error} onRetry={retry} /> : <Skeleton rows={skeletonRows} />;
  return (
    <>
      {error ? (
        <Notice tone="warning" icon="alert" action={<Button small onPress={retry}>Try again</Button>}>
          This may be out of date: {errorFacts(error).detail}
        </Notice>
      ) : null}
      {empty !== undefined && isEmpty(data) ? empty : children(data)}
    </>
  );
}

function isEmptyList(data: unknown): boolean {
  return Array.isArray(data) && data.length === 0;
}
