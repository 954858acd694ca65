/**
 * @file Sees to it that the npm packages of the lock file are there. Node core only: it runs before them.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, runOrStop, Stop, say } from '../crate/wasm/command.mjs';
import { readNote } from '../crate/wasm/inputs.mjs';

const LOCK = 'package-lock.json';
/** What npm notes about the packages that it has put in place. */
const INSTALLED = 'node_modules/.package-lock.json';

/** @typedef {Record<string, { version?: string, optional?: boolean }>} Packages */

/**
 * Whether every package of the lock file is installed in its version. Optional ones are made for other
 * machines, so they may be missing.
 * @param {Packages} wanted
 * @param {Packages} found
 */
export function complete(wanted, found) {
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional === true || found[path]?.version === entry.version,
  );
}

/** Stops on a Node.js that is too old for the packages. */
function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new Stop(`Node.js ${process.versions.node} is too old: install version 20.19 or newer.`);
  }
}

/** Installs the npm packages unless they are there. */
export function ensurePackages() {
  requireNode();
  if (!existsSync(join(ROOT, LOCK))) {
    throw new Stop('package-lock.json is missing: run "npm install --ignore-scripts" and commit it.');
  }
  const wanted = /** @type {Packages} */ (readNote(LOCK)?.packages ?? {});
  const found = /** @type {Packages} */ (readNote(INSTALLED)?.packages ?? {});
  if (complete(wanted, found)) {
    return;
  }
  say('Installing the npm packages.');
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  runOrStop('npm', args, 'The npm packages could not be installed; the reason is above.');
}
