/**
 * Shows the page in the theme that was chosen on the first page, which keeps it under this name
 * (src/state/theme.ts); without a choice the style sheet follows the system.
 */
try {
  const chosen = localStorage.getItem('sepal-theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.setAttribute('data-theme', chosen);
} catch {
  // Without storage there is no choice.
}
