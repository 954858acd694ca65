/**
 * @file The files that the layering rules look at: those of the repository, with what is new and not ignored.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture, ROOT, Stop } from '../../crate/wasm/command.mjs';

/** @typedef {{ path: string, text: string }} Source */

const TEXT = /\.(rs|ts|tsx|mjs|py|css|html|json|toml|md|proto|svg|txt|lock)$|^\.ci\/|^\.[\w.]+$/;

/**
 * All text files of the project, by path from its top.
 * @returns {Source[]}
 */
export function projectFiles() {
  const list = capture('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z']);
  if (list === null) {
    throw new Stop('git cannot list the files: run the tests in a clone.');
  }
  const paths = list.split('\0').filter((path) => TEXT.test(path) && existsSync(join(ROOT, path)));
  return paths.map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

/**
 * What cargo knows of the workspace's own crates.
 * @returns {import('./crates.mjs').Crate[]}
 */
export function workspaceCrates() {
  const metadata = capture('cargo', ['metadata', '--no-deps', '--format-version', '1']);
  if (metadata === null) {
    throw new Stop('cargo metadata fails: "cargo metadata" says why.');
  }
  return JSON.parse(metadata).packages;
}

/**
 * Whether a file holds tests only.
 * @param {string} path
 */
export function isTest(path) {
  return /(^|\/)tests?(\/|\.rs$)|\.(test|spec)\.\w+$/.test(path);
}

/**
 * A sentence about one place of a file.
 * @param {Source} source
 * @param {number} index where in the text
 * @param {string} sentence
 */
export function violation(source, index, sentence) {
  const line = source.text.slice(0, index).split('\n').length;
  return `${source.path}:${line}: ${sentence}`;
}
