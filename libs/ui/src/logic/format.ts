const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago (or ahead) a moment is, in the one unit that matters: `now`, `12 s ago`, `3 min ago`, `in 2 h`, `5 d ago`. */
export function relativeTime(atMs: number, nowMs: number): string {
  const distance = Math.abs(nowMs - atMs);
  if (distance < 1_500) return 'now';
  const text = distance < MINUTE ? `${Math.round(distance / 1_000)} s` : distance < HOUR ? `${Math.floor(distance / MINUTE)} min` : distance < DAY ? `${Math.floor(distance / HOUR)} h` : `${Math.floor(distance / DAY)} d`;
  return atMs <= nowMs ? `${text} ago` : `in ${text}`;
}

/** A span in milliseconds: `12 ms`, `1.25 s`, `4 min 05 s`, `3 h 10 min`, `2 d 4 h`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return '–';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 9_995) return `${(ms / 1_000).toFixed(2)} s`;
  if (ms < MINUTE) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min ${pad(Math.floor((ms % MINUTE) / 1_000))} s`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h ${pad(Math.floor((ms % HOUR) / MINUTE))} min`;
  return `${Math.floor(ms / DAY)} d ${Math.floor((ms % DAY) / HOUR)} h`;
}

/** A moment as people write it, in the viewer's zone; `–` for none or for a text that is no time. */
export function formatTime(iso: string | null | undefined, options: Intl.DateTimeFormatOptions = { dateStyle: 'medium', timeStyle: 'medium' }): string {
  const ms = parseTime(iso);
  return ms === undefined ? '–' : new Intl.DateTimeFormat('en-GB', options).format(ms);
}

/** Milliseconds of an RFC 3339 time; undefined when there is none or it is malformed. */
export function parseTime(iso: string | null | undefined): number | undefined {
  const ms = iso ? Date.parse(iso) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

function pad(n: number): string {
  return String(n).padStart(2, '0');
}
