import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './stack.js';

/** The shell blocks of the README, in order. */
export async function readmeBlocks(): Promise<string[]> {
  const text = await readFile(join(ROOT, 'README.md'), 'utf8');
  return [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, code]) => (code ?? '').trim());
}

/** The first block that contains a text, without comments behind commands. */
export function block(blocks: readonly string[], containing: string): string {
  const found = blocks.find((code) => code.includes(containing));
  if (found === undefined) throw new Error(`The README has no command with ${containing}`);
  return found.replaceAll(/\s+# .*$/gm, '');
}
