const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (n: number): string => String(n).padStart(2, '0');

/** A time as the value of a Date field (RFC 5322 §3.3), in UTC: `Sun, 01 Mar 2026 09:00:00 +0000`. */
export function messageDate(at: Date): string {
  const day = DAYS[at.getUTCDay()] ?? '';
  const month = MONTHS[at.getUTCMonth()] ?? '';
  const time = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
  return `${day}, ${two(at.getUTCDate())} ${month} ${String(at.getUTCFullYear()).padStart(4, '0')} ${time} +0000`;
}
