/** Edit distance of two short words, a swap of neighbours counting once (optimal string alignment), cut at `most + 1`. */
function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  const at = (list: readonly number[], index: number): number => list[index] ?? most + 1;
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(before, j - 2) + 1 : most + 1;
      next.push(Math.min(at(row, j) + 1, at(next, j - 1) + 1, at(row, j - 1) + same, swapped));
    }
    before = row;
    row = next;
  }
  return at(row, b.length);
}

/** The known name that a misspelt one most likely means, or undefined when none is near. Names over 64 letters are never near. */
export function nearestName(given: string, known: readonly string[]): string | undefined {
  if (given.length > 64) return undefined;
  const plain = given.toLowerCase().replaceAll(/[-_\s]/g, '');
  const most = Math.max(1, Math.floor(given.length / 3));
  return known
    .map((name) => ({ name, far: Math.min(distance(given.toLowerCase(), name, most), distance(plain, name.replaceAll('_', ''), most)) }))
    .filter(({ far }) => far <= most)
    .sort((a, b) => a.far - b.far)[0]?.name;
}
