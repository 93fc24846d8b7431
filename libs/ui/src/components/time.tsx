import { useEffect, useState, type ReactElement } from 'react';
import { formatTime, parseTime, relativeTime } from '../logic/format.js';

/** A moment as distance from now, renewed while it is in sight; the exact time is its tooltip. */
export function RelativeTime({ at }: { at: string | null | undefined }): ReactElement {
  const now = useNow(parseTime(at));
  const ms = parseTime(at);
  if (ms === undefined || !at) return <span>–</span>;
  return <time dateTime={at} title={formatTime(at)} className="n-numeric">{relativeTime(ms, now)}</time>;
}

/** A moment in full, in the viewer's zone. */
export function ExactTime({ at }: { at: string | null | undefined }): ReactElement {
  return at && parseTime(at) !== undefined ? <time dateTime={at} className="n-numeric">{formatTime(at)}</time> : <span>–</span>;
}

/** The present, renewed each second while `at` is less than two minutes away, then each half minute. */
function useNow(at: number | undefined): number {
  const [now, setNow] = useState(() => Date.now());
  const step = at !== undefined && Math.abs(now - at) < 120_000 ? 1_000 : 30_000;
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), step);
    return () => clearInterval(timer);
  }, [step]);
  return now;
}
