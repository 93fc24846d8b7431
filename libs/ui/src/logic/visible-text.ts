// C0 and C1 controls but for tab and line feed, and every character that turns or hides the text around it (UAX #9, zero width, BOM).
// eslint-disable-next-line no-control-regex
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;

/** Text of strangers (SMTP replies, subjects, names) with its invisible characters made visible, so that it cannot disguise itself or turn the text around it. */
export function visibleText(text: string): string {
  return text.replaceAll(HIDDEN, (char) => {
    const code = char.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? '\u2421' : `\u27e8U+${code.toString(16).toUpperCase().padStart(4, '0')}\u27e9`;
  });
}
