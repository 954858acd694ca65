/**
 * @file Finds the system's Chromium for the browser tests, and on Debian installs it when root runs them.
 */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run, Stop, say } from '../../crate/wasm/command.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const MAC = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/** @returns {string | null} */
function installed() {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const places = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...places, MAC].find((place) => existsSync(place)) ?? null;
}

function installFromDebian() {
  say("Installing Chromium from Debian's packages.");
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const packages = ['install', '-y', '--no-install-recommends', 'chromium'];
  return run('apt-get', ['update'], env) && run('apt-get', packages, env);
}

/**
 * The path of a Chromium: SEPAL_CHROMIUM where it is set, else the system's.
 * @returns {string}
 */
export function findChromium() {
  const found = process.env.SEPAL_CHROMIUM || installed();
  if (found) {
    return found;
  }
  const mayInstall = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  const added = mayInstall && installFromDebian() ? installed() : null;
  if (added === null) {
    throw new Stop('Chromium is missing: install chromium or google-chrome, or name one in SEPAL_CHROMIUM.');
  }
  return added;
}
