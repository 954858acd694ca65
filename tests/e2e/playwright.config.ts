/**
 * The built page (www/dist) in the system's Chromium, as a person uses it.
 */
import { defineConfig } from '@playwright/test';
import { findChromium } from './chromium.mjs';

const PORT = 4178;
/** Nothing is asked of the machine but a browser: no sandbox in containers, no calls home. */
const CHROMIUM_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-quic',
  '--no-first-run',
  '--disable-component-update',
  '--disable-sync',
];

export default defineConfig({
  testDir: '.',
  outputDir: '../output/e2e',
  timeout: 120_000,
  expect: { timeout: 60_000 },
  workers: 1,
  forbidOnly: true,
  use: {
    baseURL: `http://127.0.0.1:${PORT}/`,
    viewport: { width: 1280, height: 800 },
    colorScheme: 'light',
    acceptDownloads: true,
    launchOptions: { executablePath: findChromium(), args: CHROMIUM_ARGUMENTS },
  },
  webServer: {
    command: `node node_modules/vite/bin/vite.js preview www --host 127.0.0.1 --port ${PORT} --strictPort`,
    cwd: '../..',
    url: `http://127.0.0.1:${PORT}/`,
    reuseExistingServer: false,
  },
});
