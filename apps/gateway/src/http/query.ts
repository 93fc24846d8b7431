/** A query string as an object: a repeated name is a list, `metadata[k]` an entry of `metadata`. Names of prototypes are plain names here. */
export function parseQuery(text: string): Record<string, unknown> {
  const query = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of new URLSearchParams(text)) {
    const [, group, key] = /^(metadata)\[([^\]]{1,100})\]$/.exec(name) ?? [];
    if (group !== undefined && key !== undefined) {
      const entries = (query[group] ??= Object.create(null)) as Record<string, unknown>;
      entries[key] = value;
      continue;
    }
    const known = query[name];
    query[name] = known === undefined ? value : Array.isArray(known) ? [...(known as unknown[]), value] : [known, value];
  }
  return query;
}
