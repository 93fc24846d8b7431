/** The deliver workers that live now, by their ids, and which one we are. */
export interface Fleet {
  readonly self: string;
  readonly workers: readonly string[];
}

/** A worker without others. */
export const ALONE: Fleet = { self: '', workers: [''] };

/**
 * This worker's share of a site's limit: an equal part each, rounded down; the rest, and limits below one each, go to the workers that a
 * rendezvous hash of the site picks. All workers agree without talking, and shares add up to the limit.
 */
export function shareOf(limit: number, site: string, { self, workers }: Fleet): number {
  if (workers.length <= 1 || !workers.includes(self)) return limit;
  const base = Math.floor(limit / workers.length);
  const rest = limit - base * workers.length;
  const mine = weight(self, site);
  const before = workers.filter((worker) => worker !== self && (weight(worker, site) > mine || (weight(worker, site) === mine && worker < self))).length;
  return base + (before < rest ? 1 : 0);
}

/** FNV-1a with a final mix: spreads (worker, site) evenly. */
function weight(worker: string, site: string): number {
  let hash = 0x811c9dc5;
  for (const letter of `${worker} ${site}`) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
