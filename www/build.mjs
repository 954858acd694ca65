/**
 * @file npm run build: from a fresh clone to the static site in www/dist, installing what is missing on the
 * way. Each step is skipped when it has nothing to do.
 *
 *     node www/build.mjs [--force]
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { gzipBytes, holdBudget, kilobytes } from '../crate/wasm/budget.mjs';
import { buildWasm } from '../crate/wasm/build.mjs';
import { ROOT, runOrStop, say, start } from '../crate/wasm/command.mjs';
import { filesBelow, hashOf, readNote, writeNote } from '../crate/wasm/inputs.mjs';
import { ensurePackages } from './packages.mjs';

const SITE = 'www/dist';
const SOURCES = ['package-lock.json', 'package.json', 'www'];
/** Beside the packages, so that it is neither published with the site nor committed. */
const NOTE = 'node_modules/.cache/sepal/site.json';

/** @param {string} path */
function isSource(path) {
  return !path.startsWith(`${SITE}/`) && !path.startsWith('www/model/') && !/\.(test\.tsx?|tsbuildinfo)$/.test(path);
}

/**
 * Runs a program of an npm package.
 * @param {string} name
 * @param {string[]} args
 * @param {string} sentence
 */
function runPackage(name, args, sentence) {
  runOrStop(join(ROOT, 'node_modules', '.bin', name), args, sentence);
}

/** Checks the page's types. */
export function checkTypes() {
  say('Checking types.');
  runPackage('tsc', ['--build', 'www'], 'The types do not fit; the places are above.');
}

function bundle() {
  say('Bundling the page with Vite.');
  const args = ['build', 'www', '--logLevel', 'warn'];
  runPackage('vite', args, 'The page could not be bundled; the reason is above.');
}

/**
 * Holds files of the site together to a budget of www/budget.json.
 * @param {string} what
 * @param {"javascriptGzipBytes" | "firstLoadGzipBytes"} budget
 * @param {string[]} files
 */
function holdFiles(what, budget, files) {
  const sizes = files.map(gzipBytes);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const list = files.map((file, index) => `  ${kilobytes(sizes[index] ?? 0)}  ${relative(ROOT, file)}`);
  holdBudget(what, total, JSON.parse(readFileSync(join(ROOT, 'www/budget.json'), 'utf8'))[budget], list);
}

/** What is there before a click: the page, its light module, and the model that it opens with and its samples. */
function firstLoad() {
  const [shown] = JSON.parse(readFileSync(join(ROOT, SITE, 'model/default.json'), 'utf8'));
  const data = ['model/default.json', shown.model, shown.evaluation, shown.calibration];
  const isPage = (/** @type {string} */ file) =>
    /(\/index\.html|\/index-[^/]*\.css|\.js|\/sepal_light_bg-[^/]*\.wasm|\.svg)$/.test(file);
  return [...filesBelow(SITE).filter(isPage), ...data.map((file) => join(ROOT, SITE, file))];
}

/** Holds the site to its budgets; a module that was built in a hurry is larger. */
function holdSizes(/** @type {boolean} */ quick) {
  holdFiles(
    "The page's JavaScript",
    'javascriptGzipBytes',
    filesBelow(SITE).filter((file) => file.endsWith('.js')),
  );
  if (!quick) holdFiles('The first load', 'firstLoadGzipBytes', firstLoad());
}

/**
 * Brings www/dist up to date.
 * @param {{ force?: boolean, quick?: boolean }} [options] quick: with a module that is larger, built in half the time
 */
export async function buildSite({ force = false, quick = false } = {}) {
  ensurePackages();
  await buildWasm({ force, quick });
  const hash = hashOf(SOURCES, isSource);
  if (!force && readNote(NOTE)?.hash === hash && existsSync(join(ROOT, SITE, 'index.html'))) {
    say('The page is up to date.');
    return;
  }
  writeNote(NOTE, {});
  checkTypes();
  bundle();
  holdSizes(quick);
  writeNote(NOTE, { hash });
  say(`The site is in ${SITE}.`);
}

await start(import.meta, () => buildSite({ force: process.argv.includes('--force') }));
