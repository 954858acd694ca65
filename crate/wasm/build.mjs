/**
 * @file Builds the wasm package of the page, www/src/wasm/pkg, with wasm-pack and wasm-opt, and holds it to its
 * size budget. Does nothing when what it is built from has not changed. Needs the npm packages (wasm-opt comes
 * from binaryen).
 *
 *     node crate/wasm/build.mjs [--force]
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import { gzipBytes, holdBudget } from './budget.mjs';
import { capture, ROOT, runOrStop, Stop, say, start } from './command.mjs';
import { hashOf, readNote, writeNote } from './inputs.mjs';
import { ensureToolchain, requireRust } from './toolchain.mjs';

const PACKAGE = 'www/src/wasm/pkg';
const WASM = `${PACKAGE}/sepal_wasm_bg.wasm`;
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

/** Compiles the crate, writes JavaScript and type declarations beside it, and runs wasm-opt as Cargo.toml says. */
function compile() {
  const env = ensureToolchain();
  env.PATH = `${dirname(binaryen('wasm-opt'))}${delimiter}${env.PATH}`;
  say('Building the wasm package with wasm-pack.');
  const args = ['build', 'crate/wasm', '--mode', 'no-install', '--release', '--target', 'web'];
  const out = ['--no-pack', '--out-dir', `../../${PACKAGE}`];
  runOrStop('wasm-pack', [...args, ...out], 'The wasm package could not be built; the reason is above.', env);
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

/** @param {number} bytes */
function holdModule(bytes) {
  const budget = JSON.parse(readFileSync(join(ROOT, 'crate/wasm/budget.json'), 'utf8')).wasmGzipBytes;
  holdBudget('The wasm module', bytes, budget);
}

/**
 * Builds the package when it is absent or older than its sources.
 * @param {{ force?: boolean }} [options]
 */
export async function buildWasm({ force = false } = {}) {
  const hash = hashOf(sources(), isSource, [capture('rustc', ['--version']) ?? '']);
  const before = readNote(NOTE);
  if (!force && before?.hash === hash && existsSync(join(ROOT, WASM))) {
    say('The wasm package is up to date.');
    holdModule(Number(before.gzipBytes));
    return;
  }
  rmSync(join(ROOT, NOTE), { force: true });
  compile();
  await refuseRelaxed();
  const size = gzipBytes(join(ROOT, WASM));
  writeNote(NOTE, { hash, gzipBytes: size });
  holdModule(size);
}

await start(import.meta, () => buildWasm({ force: process.argv.includes('--force') }));
