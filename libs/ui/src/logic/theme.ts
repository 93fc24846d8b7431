/** What a person may choose; `system` follows the operating system. */
export type ThemeChoice = 'system' | 'light' | 'dark';

/** Where the choice is kept; read by the page's `theme.js` too, before the first paint. */
export const THEME_KEY = 'nexora.theme';

/** A stored choice, or `system` for anything else. */
export function parseTheme(stored: string | null): ThemeChoice {
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}

/** The choice of this browser; `system` where storage is refused. */
export function readTheme(): ThemeChoice {
  try {
    return parseTheme(localStorage.getItem(THEME_KEY));
  } catch {
    return 'system';
  }
}

/** Shows and keeps a choice. */
export function applyTheme(choice: ThemeChoice): void {
  if (choice === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = choice;
  try {
    if (choice === 'system') localStorage.removeItem(THEME_KEY);
    else localStorage.setItem(THEME_KEY, choice);
  } catch {
    // Storage is refused: the choice holds for this page.
  }
}
