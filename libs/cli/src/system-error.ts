/**
 * The system's or TLS's code behind a failure, such as `ECONNREFUSED`, looked for along its causes; undefined when it
 * told none. Asks by shape: an error of another realm is no `instanceof Error` of ours.
 */
export function systemCode(error: unknown): string | undefined {
  for (let at = error, depth = 0; typeof at === 'object' && at !== null && depth < 5; depth += 1) {
    if ('code' in at && typeof at.code === 'string' && /^[A-Z][A-Z0-9_]{2,}$/.test(at.code)) return at.code;
    at = 'errors' in at && Array.isArray(at.errors) && at.errors.length > 0 ? (at.errors[0] as unknown) : 'cause' in at ? at.cause : undefined;
  }
  return undefined;
}

/** The words of a failure. */
export function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string' ? error.message : String(error);
}
