import { unstructuredField } from './header-field.js';
import { splitMessage, type SplitMessage } from './split.js';

/** What to change in a submitted message's header; everything else stays byte for byte. */
export interface HeaderEdit {
  /** Names in any case; a `*` at the end matches every name that starts so (`X-Nexora-*`). */
  readonly remove: readonly string[];
  /** Put above all other fields, in this order. Values are folded and encoded; controls throw. */
  readonly prepend?: readonly { readonly name: string; readonly value: string }[];
}

/**
 * The message with some fields removed and some put on top. Body and kept fields are the submitted bytes, 8-bit and long lines included.
 * Gives the raw bytes themselves when nothing changes. Throws as {@link splitMessage}. Source: security.md S13, interfaces.md §5.
 */
export function editHeaders(message: Uint8Array | SplitMessage, edit: HeaderEdit): Uint8Array {
  const split = message instanceof Uint8Array ? splitMessage(message) : message;
  const exact = new Set(edit.remove.filter((name) => !name.endsWith('*')).map((name) => name.toLowerCase()));
  const prefixes = edit.remove.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1).toLowerCase());
  const removed = split.fields.filter(({ name }) => exact.has(name) || prefixes.some((prefix) => name.startsWith(prefix)));
  const added = (edit.prepend ?? []).map(({ name, value }) => unstructuredField(name, value)).join('');
  if (removed.length === 0 && added === '') return split.raw;
  const chunks: Uint8Array[] = [Buffer.from(added, 'utf8')];
  let from = 0;
  for (const { start, end } of removed) {
    chunks.push(split.raw.subarray(from, start));
    from = end;
  }
  chunks.push(split.raw.subarray(from));
  return Buffer.concat(chunks);
}
