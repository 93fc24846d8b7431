const PATTERN = /^([245])\.(\d{1,3})\.(\d{1,3})(?=\s|$)\s*/;

/** An enhanced status code split off the text it stood before. */
export interface EnhancedText {
  /** `class.subject.detail` without leading zeros (RFC 3463), null when the text states none of the reply's class. */
  readonly enhanced: string | null;
  readonly text: string;
}

/** Splits the enhanced code off a reply's text. A code of another class than the reply's is left in the text (RFC 2034 §4). */
export function splitEnhancedCode(code: number, text: string): EnhancedText {
  const match = PATTERN.exec(text);
  if (match === null || Number(match[1]) !== Math.floor(code / 100)) return { enhanced: null, text };
  return { enhanced: `${match[1]}.${Number(match[2])}.${Number(match[3])}`, text: text.slice(match[0].length) };
}
