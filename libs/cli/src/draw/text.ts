/** How much a drawing may use: line characters, and colours. */
export interface Style {
  readonly shapes: boolean;
  readonly colours: boolean;
}

/** The style for an output: shapes on a terminal that can show them, colours unless `NO_COLOR` (no-color.org) is set. */
export function styleFor(isTerminal: boolean, variables: Readonly<Record<string, string | undefined>>): Style {
  const shapes = isTerminal && variables['TERM'] !== 'dumb';
  return { shapes, colours: shapes && !variables['NO_COLOR'] };
}

const CODES = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2, bold: 1 } as const;

/** A colour, or weight, of a text on a terminal. */
export type Paint = keyof typeof CODES;

/** The text in a colour, or as it is when the style has none. */
export function paint(style: Style, how: Paint | undefined, text: string): string {
  return style.colours && how !== undefined && text !== '' ? `\u001b[${CODES[how]}m${text}\u001b[0m` : text;
}

/** Text of others on one line: what could move the cursor or turn the writing direction becomes U+FFFD. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}

/** JSON on one line that is safe to print: C1 controls and separators escaped too, which JSON leaves as they are. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** `0.04 s`, from a minute on `1 min 37 s`, from an hour on `2 h 5 min`. Negative counts as zero. */
export function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 59.995) return `${seconds.toFixed(2)} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
