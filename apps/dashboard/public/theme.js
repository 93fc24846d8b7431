/* global document, localStorage */
// Runs before the first paint, so that a chosen theme does not flash. A file of its own, since the policy forbids inline scripts.
try {
  const theme = localStorage.getItem('nexora.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is refused: the system's theme holds.
}
