import type { ReactElement } from 'react';
import { Button } from './button.js';

/** The end of a list that comes in pages: how many are shown, and a button for the next page while there is one. */
export function LoadMore({ shown, hasMore, isLoading, onMore, noun }: { shown: number; hasMore: boolean; isLoading: boolean; onMore: () => void; noun: string }): ReactElement {
  return (
    <div className="n-more">
      <span role="status">{hasMore ? `${shown} ${noun} shown` : `${shown === 1 ? noun.replace(/s$/, '') : noun}: ${shown}, that is all`}</span>
      {hasMore && <Button small isPending={isLoading} onPress={onMore}>Show more</Button>}
    </div>
  );
}
