const cellsOf = (line) => line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim().replaceAll('\\|', '|'));

/** All rows of all Markdown tables of a page, heads and rules included, as trimmed cells; a `\|` belongs to its cell. */
export function tableRows(text) {
  return text.split('\n').filter((line) => line.startsWith('|')).map(cellsOf);
}

/** The rows of the Markdown table whose head begins with `head`. Throws when there is no such table. */
export function tableAfter(text, head) {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith(head));
  if (start < 0) throw new Error(`there is no table that begins with ${head}`);
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'));
  return lines.slice(start + 2, end < 0 ? undefined : end).map(cellsOf);
}
