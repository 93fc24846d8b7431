const KEY = 'nexora.reloaded';
const ONCE_PER_MS = 60_000;

/** After an update the old page's files are gone: a page that fails to load one is loaded anew, at most once a minute. */
export function reloadOnNewVersion(): void {
  addEventListener('vite:preloadError', (event) => {
    const last = Number(sessionStorage.getItem(KEY) ?? 0);
    if (Date.now() - last < ONCE_PER_MS) return;
    event.preventDefault();
    sessionStorage.setItem(KEY, String(Date.now()));
    location.reload();
  });
}
