import type { ReactElement } from 'react';
import { Button } from './button.js';

/** The end of a list that comes in pages: how many are shown, and a button for the next page while there is one. */
export function LoadMore({ shown, hasMore, isLoading, onMore, noun: [one, many] }: { shown: number; hasMore: boolean; isLoading: boolean; onMore: () => void; noun: readonly [one: string, many: string] }): ReactElement {
  return (
    <div className="n-more">
      <span role="status">{hasMore ? `${shown} ${many} shown` : shown === 1 ? `1 ${one}` : `All ${shown} ${many} shown`}</span>
      {hasMore && <Button small isPending={isLoading} onPress={onMore}>Show more</Button>}
    </div>
  );
}
