/** A text as reply lines of at most 400 octets, printable ASCII, ten at most: with code and enhanced code below the 512 octets of RFC 5321 §4.5.3.1.5. */
export function replyLines(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.replaceAll(/[^\x20-\x7e]+/g, ' ').split(' ').filter(Boolean)) {
    if (line !== '' && line.length + word.length + 1 > 400) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word.slice(0, 400) : `${line} ${word}`;
  }
  return [...lines, line].slice(0, 10);
}
