/**
 * Light or dark: what the system says, until the user says otherwise.
 */
import { effect, signal } from '@preact/signals';

export type Theme = 'light' | 'dark';

const STORED = 'sepal-theme';
const darkSystem = matchMedia('(prefers-color-scheme: dark)');
const systemTheme = signal<Theme>(darkSystem.matches ? 'dark' : 'light');
const chosenTheme = signal<Theme | null>(readChoice());

function readChoice(): Theme | null {
  try {
    const stored = localStorage.getItem(STORED);
    return stored === 'light' || stored === 'dark' ? stored : null;
  } catch {
    return null;
  }
}

export const theme = (): Theme => chosenTheme.value ?? systemTheme.value;

/** Choosing what the system has anyway means to follow it again. */
export const toggleTheme = (): void => {
  const next: Theme = theme() === 'dark' ? 'light' : 'dark';
  chosenTheme.value = next === systemTheme.peek() ? null : next;
  try {
    if (chosenTheme.value) localStorage.setItem(STORED, chosenTheme.value);
    else localStorage.removeItem(STORED);
  } catch {
    // Without storage the choice lasts as long as the tab.
  }
};

export const followTheme = (root: HTMLElement): void => {
  darkSystem.addEventListener('change', (event) => {
    systemTheme.value = event.matches ? 'dark' : 'light';
  });
  effect(() => {
    root.setAttribute('data-theme', theme());
  });
};
