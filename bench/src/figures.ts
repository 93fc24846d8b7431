/** One measured figure. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly values: readonly number[];
}

/** A rule about shape, never about rates: those belong to the machine. */
export interface Gate {
  readonly name: string;
  readonly ok: boolean;
  readonly seen: string;
}

/** What a scenario found. */
export interface Findings {
  readonly figures: readonly Figure[];
  readonly gates: readonly Gate[];
}

/** The value below which a share of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** The middle value. */
export const median = (values: readonly number[]): number => percentile(values, 0.5);

const shown = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toFixed(1));

/** A table of figures: min, median, max of the runs. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, unit, values }) => [name, shown(Math.min(...values)), shown(median(values)), shown(Math.max(...values)), unit]);
  const all = [['figure', 'min', 'median', 'max', ''], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all.map((row) => row.map((cell, column) => (column === 0 || column === 4 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')).join('\n');
}
