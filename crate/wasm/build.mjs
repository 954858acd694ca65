/**
 * @file Builds the wasm package of the page, www/src/wasm/pkg, with wasm-pack and wasm-opt, and holds it to its
 * size budget: the whole module, and the light one, which the page loads first and which has the same JavaScript
 * around it. Does nothing when what it is built from has not changed. Needs the npm packages (wasm-opt comes from
 * binaryen).
 *
 *     node crate/wasm/build.mjs [--force] [--quick]
 *
 * --quick builds the whole module alone, larger and in half the time, and puts it in the place of both.
 */
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { basename, delimiter, dirname, join, relative } from 'node:path';
import { gzipBytes, holdBudget } from './budget.mjs';
import { capture, ROOT, runOrStop, Stop, say, start } from './command.mjs';
import { hashOf, readNote, writeNote } from './inputs.mjs';
import { ensureToolchain, requireRust } from './toolchain.mjs';

const PACKAGE = 'www/src/wasm/pkg';
const WASM = `${PACKAGE}/sepal_wasm_bg.wasm`;
const LIGHT = `${PACKAGE}/sepal_light_bg.wasm`;
/** The runtime for devices, which the page loads when it makes a package. */
const HEADER = `${PACKAGE}/sepal.h`;
/** Where the light module is built, from the top. */
const LIGHT_PACKAGE = 'www/src/wasm/pkg/light';
const NOTE = `${PACKAGE}/built.json`;
const SETTINGS = ['Cargo.toml', 'Cargo.lock', '.cargo'];

/** A relaxed SIMD instruction in the text form: a lane type, then a name with "relaxed" in it. */
const RELAXED = /\b[if]\d+x\d+\.\w*relaxed/;

/**
 * The folders of a crate and of all that it depends on by path.
 * @param {string} name
 * @param {{ name: string, manifest_path: string, dependencies: { name: string, path?: string }[] }[]} packages as
 *   `cargo metadata` lists them
 * @returns {string[]}
 */
export function cratesOf(name, packages) {
  const found = new Map();
  const add = (/** @type {string} */ wanted) => {
    const known = packages.find((one) => one.name === wanted);
    if (known === undefined || found.has(wanted)) {
      return;
    }
    found.set(wanted, relative(ROOT, dirname(known.manifest_path)));
    for (const dependency of known.dependencies.filter(({ path }) => path !== undefined)) {
      add(dependency.name);
    }
  };
  add(name);
  return [...found.values()].sort();
}

/** What the module is built from, by path from the top. */
function sources() {
  requireRust();
  const metadata = capture('cargo', ['metadata', '--format-version', '1', '--no-deps']);
  if (metadata === null) {
    throw new Stop('cargo metadata does not say which crates there are; run it to see why.');
  }
  return [...SETTINGS, ...cratesOf('sepal-wasm', JSON.parse(metadata).packages)];
}

/** @param {string} path */
function isSource(path) {
  return !path.includes('/tests/') && !path.endsWith('budget.json');
}

/**
 * A program of the npm package binaryen.
 * @param {string} name
 */
function binaryen(name) {
  const program = join(ROOT, 'node_modules', '.bin', name);
  if (!existsSync(program)) {
    throw new Stop(`${name} is missing: run "npm ci --ignore-scripts", it comes with the package binaryen.`);
  }
  return program;
}

/**
 * Compiles the crate, writes JavaScript and type declarations beside it, and runs wasm-opt as Cargo.toml says.
 * @param {string} folder where to, from the top
 * @param {string[]} how arguments of wasm-pack
 * @param {string[]} features arguments of cargo
 */
function compile(folder, how, features = []) {
  const env = ensureToolchain();
  env.PATH = `${dirname(binaryen('wasm-opt'))}${delimiter}${env.PATH}`;
  const args = ['build', 'crate/wasm', '--mode', 'no-install', '--target', 'web', '--no-pack', ...how];
  const out = ['--out-dir', `../../${folder}`, ...features];
  runOrStop('wasm-pack', [...args, ...out], 'The wasm package could not be built; the reason is above.', env);
}

/** The whole module alone, in the place of both. */
function compileQuickly() {
  say('Building the wasm package with wasm-pack, in a hurry ("npm run build" makes it small).');
  compile(PACKAGE, ['--profile', 'quick', '--no-opt']);
  copyFileSync(join(ROOT, WASM), join(ROOT, LIGHT));
}

/** Both modules. The page has one script for them, so that has to be the same. */
function compileBoth() {
  say('Building the wasm package with wasm-pack.');
  compile(PACKAGE, ['--profile', 'wasm']);
  say('Building the light module with wasm-pack.');
  compile(LIGHT_PACKAGE, ['--profile', 'wasm'], ['--no-default-features']);
  const [whole, light] = [PACKAGE, LIGHT_PACKAGE].map((folder) =>
    readFileSync(join(ROOT, folder, 'sepal_wasm.js'), 'utf8'),
  );
  if (whole !== light) {
    throw new Stop('The light module has another script than the whole one: what it leaves out must be no export.');
  }
  copyFileSync(join(ROOT, LIGHT_PACKAGE, basename(WASM)), join(ROOT, LIGHT));
  rmSync(join(ROOT, LIGHT_PACKAGE), { recursive: true });
}

/**
 * The first relaxed SIMD instruction in the module, or null. The text form is far larger than the module, so
 * it is read as a stream.
 * @returns {Promise<string | null>}
 */
async function findRelaxed() {
  const child = spawn(binaryen('wasm-dis'), ['--all-features', WASM], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  let found = null;
  let rest = '';
  child.stdout.setEncoding('utf8');
  for await (const chunk of child.stdout) {
    const text = rest + chunk;
    found ??= RELAXED.exec(text)?.[0] ?? null;
    rest = text.slice(text.lastIndexOf('\n') + 1);
  }
  if ((await ended) !== 0) {
    throw new Stop('wasm-dis could not read the built module; the reason is above.');
  }
  return found;
}

async function refuseRelaxed() {
  const found = await findRelaxed();
  if (found !== null) {
    throw new Stop(`The module contains ${found}: Safari rejects relaxed SIMD, so a dependency must not use it.`);
  }
}

/** @param {Record<string, number>} sizes */
function holdModules(sizes) {
  const budget = JSON.parse(readFileSync(join(ROOT, 'crate/wasm/budget.json'), 'utf8'));
  holdBudget('The light wasm module', Number(sizes.light), budget.lightGzipBytes);
  holdBudget('The whole wasm module', Number(sizes.whole), budget.wholeGzipBytes);
}

/**
 * Builds the package when it is absent or older than its sources.
 * @param {{ force?: boolean, quick?: boolean }} [options]
 */
export async function buildWasm({ force = false, quick = false } = {}) {
  const hash = hashOf(sources(), isSource, [capture('rustc', ['--version']) ?? '']);
  const before = readNote(NOTE);
  const serves = before?.hash === hash && (quick || before.quick === false);
  if (!force && serves && [WASM, LIGHT, HEADER].every((file) => existsSync(join(ROOT, file)))) {
    say('The wasm package is up to date.');
    return;
  }
  rmSync(join(ROOT, NOTE), { force: true });
  if (quick) {
    compileQuickly();
  } else {
    compileBoth();
    await refuseRelaxed();
    holdModules({ light: gzipBytes(join(ROOT, LIGHT)), whole: gzipBytes(join(ROOT, WASM)) });
  }
  copyFileSync(join(ROOT, 'crate/runtime/c/sepal.h'), join(ROOT, HEADER));
  writeNote(NOTE, { hash, quick });
}

await start(import.meta, () =>
  buildWasm({ force: process.argv.includes('--force'), quick: process.argv.includes('--quick') }),
);
