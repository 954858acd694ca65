/**
 * @file Sees to it that what the wasm build needs is there: Rust with the wasm32 target, wasm-pack, and
 * wasm-bindgen of exactly the crate's version. What is missing is installed with cargo, once, into a folder of
 * the user's cache; what is already on the PATH in the right version is used as it is.
 *
 *     node crate/wasm/toolchain.mjs            install what is missing
 *     node crate/wasm/toolchain.mjs --check    only say what is there and what is missing
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { capture, ROOT, run, runOrStop, Stop, say, start } from './command.mjs';

const TARGET = 'wasm32-unknown-unknown';
const WASM_PACK_VERSION = '0.15.1';

/**
 * A program that cargo can install.
 * @typedef {{ crate: string, version: string, programs: string[] }} Tool
 */

/** What the workspace's Cargo.toml asks for. */
function versions() {
  const manifest = readFileSync(join(ROOT, 'Cargo.toml'), 'utf8');
  const rust = /^rust-version = "([\d.]+)"/m.exec(manifest)?.[1];
  const bindgen = /^wasm-bindgen = .*"=([\d.]+)"/m.exec(manifest)?.[1];
  if (rust === undefined || bindgen === undefined) {
    throw new Stop('Cargo.toml must state rust-version = "…" and wasm-bindgen = "=…", with an exact version.');
  }
  return { rust, bindgen };
}

/** @returns {Tool[]} */
function tools() {
  return [
    { crate: 'wasm-pack', version: WASM_PACK_VERSION, programs: ['wasm-pack'] },
    {
      crate: 'wasm-bindgen-cli',
      version: versions().bindgen,
      programs: ['wasm-bindgen', 'wasm-bindgen-test-runner'],
    },
  ];
}

/**
 * Whether version `a` is at least version `b`.
 * @param {string} a
 * @param {string} b
 */
export function atLeast(a, b) {
  return a.localeCompare(b, 'en', { numeric: true }) >= 0;
}

/** Stops when there is no Rust, or one that is too old. */
export function requireRust() {
  const found = /^rustc ([\d.]+)/.exec(capture('rustc', ['--version']) ?? '')?.[1];
  if (found === undefined || capture('cargo', ['--version']) === null) {
    throw new Stop('Rust is missing: install rustup from rustup.rs, open a new terminal, and run this again.');
  }
  const wanted = versions().rust;
  if (!atLeast(found, wanted)) {
    throw new Stop(`Rust ${found} is too old, ${wanted} or newer is needed: run "rustup update stable".`);
  }
}

/** @param {string} target */
function hasTarget(target) {
  const sysroot = capture('rustc', ['--print', 'sysroot']);
  return sysroot !== null && existsSync(join(sysroot, 'lib', 'rustlib', target));
}

/**
 * Adds a target to Rust where it is missing.
 * @param {string} target
 */
export function ensureTarget(target) {
  if (hasTarget(target)) {
    return;
  }
  say(`Adding the Rust target ${target}.`);
  const sentence = `The Rust target ${target} is missing and "rustup target add ${target}" did not add it.`;
  runOrStop('rustup', ['target', 'add', target], sentence);
}

const cache = () => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sepal');

/** Where tools are compiled, so that those that need the same crates share them. */
const compiling = () => join(cache(), 'tool-target');

/**
 * Tools run for seconds in a build, and compiling them takes minutes: little is optimised.
 * @type {Record<string, string>}
 */
const QUICK = {
  CARGO_PROFILE_RELEASE_OPT_LEVEL: '1',
  CARGO_PROFILE_RELEASE_LTO: 'off',
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
  CARGO_PROFILE_RELEASE_DEBUG: '0',
};

/**
 * The folder that a tool is installed into.
 * @param {Tool} tool
 */
function cacheOf(tool) {
  return join(cache(), `tool-${tool.crate}-${tool.version}`);
}

/**
 * Whether all programs of a tool answer with its version, looked up with this PATH.
 * @param {Tool} tool
 * @param {string} path
 */
function answers(tool, path) {
  const env = { ...process.env, PATH: path };
  return tool.programs.every((program) => {
    const answer = capture(program, ['--version'], env);
    return answer?.split(/\s+/).includes(tool.version) === true;
  });
}

/**
 * Where a tool is: an empty text when on the PATH, a folder in the cache, or null when nowhere.
 * @param {Tool} tool
 * @returns {string | null}
 */
function find(tool) {
  if (answers(tool, process.env.PATH ?? '')) {
    return '';
  }
  const folder = join(cacheOf(tool), 'bin');
  return answers(tool, `${folder}${delimiter}${process.env.PATH}`) ? folder : null;
}

/**
 * Installs a tool with the dependencies it was released with, or with newer ones where those are not to be had.
 * @param {Tool} tool
 * @returns {string} the folder of its programs
 */
function install(tool) {
  say(`Installing ${tool.crate} ${tool.version} with cargo (once, about a minute).`);
  const env = { ...process.env, ...QUICK, CARGO_TARGET_DIR: compiling() };
  const args = ['install', tool.crate, '--version', tool.version, '--root', cacheOf(tool)];
  if (!run('cargo', [...args, '--locked'], env)) {
    say(`Trying again without ${tool.crate}'s lock file.`);
    runOrStop('cargo', args, `${tool.crate} ${tool.version} could not be installed; the reason is above.`, env);
  }
  return join(cacheOf(tool), 'bin');
}

/**
 * Installs those of some tools that are missing.
 * @param {Tool[]} wanted
 * @returns {NodeJS.ProcessEnv} the environment to run them in
 */
export function ensureTools(wanted) {
  const folders = wanted.map((tool) => find(tool) ?? install(tool));
  rmSync(compiling(), { recursive: true, force: true });
  const path = [...folders.filter((folder) => folder !== ''), process.env.PATH ?? ''].join(delimiter);
  return { ...process.env, PATH: path };
}

/**
 * Makes the toolchain complete.
 * @returns {NodeJS.ProcessEnv} the environment to run wasm-pack and wasm-bindgen-test-runner in
 */
export function ensureToolchain() {
  requireRust();
  ensureTarget(TARGET);
  return ensureTools(tools());
}

/** Says what is there, changes nothing. */
function report() {
  requireRust();
  say(`${capture('rustc', ['--version'])}`);
  say(`target ${TARGET}: ${hasTarget(TARGET) ? 'there' : 'missing'}`);
  for (const tool of tools()) {
    const place = find(tool);
    const where = place === null ? 'missing' : place === '' ? 'on the PATH' : 'in the cache';
    say(`${tool.crate} ${tool.version}: ${where}`);
  }
}

await start(import.meta, () => {
  if (process.argv.includes('--check')) {
    report();
  } else {
    ensureToolchain();
    say('The wasm toolchain is complete.');
  }
});
