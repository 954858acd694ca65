/**
 * @file Tells whether what a step reads has changed since it last ran, so that a step with nothing to do is
 * skipped. Knows nothing of the steps.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { ROOT } from './command.mjs';

/**
 * Every file below a path of the project, in a fixed order; a path that is not there has none.
 * @param {string} path
 * @returns {string[]}
 */
export function filesBelow(path) {
  const full = join(ROOT, path);
  if (!existsSync(full)) {
    return [];
  }
  if (statSync(full).isFile()) {
    return [full];
  }
  const entries = readdirSync(full, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/**
 * One hash over names and contents of all files below the paths, and over what else the result depends on.
 * @param {string[]} paths relative to the top of the project
 * @param {(path: string) => boolean} [keep] which files count, by path from the top
 * @param {string[]} [extra] versions and settings
 * @returns {string}
 */
export function hashOf(paths, keep = () => true, extra = []) {
  const hash = createHash('sha256');
  for (const file of paths.flatMap(filesBelow)) {
    const path = relative(ROOT, file);
    if (keep(path)) {
      hash.update(`${path}\0`).update(readFileSync(file)).update('\0');
    }
  }
  return hash.update(extra.join('\0')).digest('hex');
}

/**
 * What a step noted when it last ended well, or null.
 * @param {string} path
 * @returns {Record<string, unknown> | null}
 */
export function readNote(path) {
  try {
    return JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
  } catch {
    return null;
  }
}

/**
 * Notes what a step did.
 * @param {string} path
 * @param {Record<string, unknown>} note
 */
export function writeNote(path, note) {
  mkdirSync(dirname(join(ROOT, path)), { recursive: true });
  writeFileSync(join(ROOT, path), `${JSON.stringify(note, null, 2)}\n`);
}
