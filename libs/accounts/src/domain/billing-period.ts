/** A billing period: from `start` up to, not including, `end`. */
export interface BillingPeriod {
  readonly start: Date;
  readonly end: Date;
}

/**
 * The period that holds `at`: months counted from the billing anniversary, in UTC, with its time of day. A month too short for the
 * anniversary's day ends the period on its last day, without moving later ones (31 January, 28 February, 31 March). Before the anchor: the first.
 */
export function billingPeriod(anchor: Date, at: Date): BillingPeriod {
  const months = (at.getUTCFullYear() - anchor.getUTCFullYear()) * 12 + at.getUTCMonth() - anchor.getUTCMonth();
  const n = Math.max(0, addMonths(anchor, months) <= at ? months : months - 1);
  return { start: addMonths(anchor, n), end: addMonths(anchor, n + 1) };
}

function addMonths(anchor: Date, months: number): Date {
  const date = new Date(anchor);
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(anchor.getUTCDate(), lastDay));
  return date;
}
