import type { Email } from '@nexoramail/sdk';
import { useEffect, useState } from 'react';

const LIT_MS = 1_800;

/** Ids of rows that are new or whose status changed a moment ago; none for the first sight of a list. */
export function useFreshIds(emails: readonly Email[]): ReadonlySet<string> {
  const [seen, setSeen] = useState<ReadonlyMap<string, string>>();
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  if (seen === undefined || emails.length !== seen.size || emails.some(({ id, status }) => seen.get(id) !== status)) {
    setSeen(new Map(emails.map(({ id, status }) => [id, status])));
    if (seen !== undefined) setFresh(changedIds(seen, emails));
  }
  useEffect(() => {
    if (fresh.size === 0) return undefined;
    const timer = setTimeout(() => setFresh(new Set()), LIT_MS);
    return () => clearTimeout(timer);
  }, [fresh]);
  return fresh;
}

/** Rows above the oldest known one that are new, and all whose status differs; older pages that were just loaded are not news. */
export function changedIds(seen: ReadonlyMap<string, string>, emails: readonly Email[]): ReadonlySet<string> {
  const lastKnown = emails.findLastIndex(({ id }) => seen.has(id));
  return new Set(emails.filter(({ id, status }, index) => (seen.has(id) ? seen.get(id) !== status : index < lastKnown)).map(({ id }) => id));
}
