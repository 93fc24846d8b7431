/** Where to go after signing in: a path of this site, else the start. Anything a browser could read as another site is refused. */
export function nextPath(next: string | undefined): string {
  // Controls and backslashes are dropped or turned by URL parsers, which makes another site of `/\evil.example`.
  // eslint-disable-next-line no-control-regex
  return next !== undefined && /^\/(?!\/)[^\\\u0000-\u0020]*$/.test(next) && !next.startsWith('/sign-in') ? next : '/';
}
