/**
 * Starts the page.
 */
import { render } from 'preact';
import { Page } from './App.tsx';
import { startApp } from './state/app.ts';
import { followTheme } from './state/theme.ts';
import './style/page.css';

const root = document.getElementById('app');
if (root) {
  followTheme(document.documentElement);
  render(<Page app={startApp()} />, root);
}
