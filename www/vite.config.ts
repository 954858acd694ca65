/**
 * How the pages are built. Relative addresses only, so that one build works from any folder of any static host.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { reproductionPage } from './reproduction/page.mjs';

const page = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/**
 * The page's own policy, as a header: workers follow the header of their script, not what stands in the page.
 * Static hosts that read public/_headers do the same.
 */
const policy =
  /Content-Security-Policy"\s+content="([^"]+)"/.exec(readFileSync(page('./index.html'), 'utf8'))?.[1] ?? '';

export default defineConfig({
  base: './',
  plugins: [reproductionPage()],
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    cssTarget: ['chrome123', 'firefox121', 'safari17.5'],
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: { input: [page('./index.html'), page('./reproduction.html')] },
  },
  preview: { strictPort: true, headers: { 'Content-Security-Policy': policy } },
});
