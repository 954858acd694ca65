/**
 * @file npm start: builds the page if needed, serves it on this machine only, and prints its address.
 *
 *     node www/start.mjs [--port 4173] [--no-build]
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, Stop, say, start } from '../crate/wasm/command.mjs';
import { buildSite } from './build.mjs';

const HOST = '127.0.0.1';
const PORT = 4173;

/**
 * The port that was asked for, or the usual one.
 * @param {string[]} args
 */
function portOf(args) {
  const at = args.indexOf('--port');
  const port = at < 0 ? PORT : Number(args[at + 1]);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Stop('--port needs a number from 1 to 65535.');
  }
  return port;
}

/**
 * Serves www/dist from the port, or the next free one.
 * @param {number} port
 * @returns {Promise<{ address: string, close: () => Promise<void> }>}
 */
export async function serve(port = PORT) {
  if (!existsSync(join(ROOT, 'www/dist/index.html'))) {
    throw new Stop('www/dist is empty: run "npm run build" first.');
  }
  // Imported late: Vite is there only once the packages are installed.
  const { preview } = await import('vite');
  const server = await preview({
    root: join(ROOT, 'www'),
    logLevel: 'warn',
    preview: { host: HOST, port, strictPort: false, open: false },
  });
  const bound = server.httpServer.address();
  if (bound === null || typeof bound === 'string') {
    throw new Stop('The page could not be served: no port was given.');
  }
  return { address: `http://${HOST}:${bound.port}/`, close: () => server.close() };
}

async function main() {
  const port = portOf(process.argv);
  if (!process.argv.includes('--no-build')) {
    await buildSite({ quick: true });
  }
  const { address, close } = await serve(port);
  say(`Sepal is ready at ${address}  (Ctrl-C stops it)`);
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
    process.once(signal, async () => {
      say('\nStopped.');
      await close();
      process.exit(0);
    });
  }
}

await start(import.meta, main);
