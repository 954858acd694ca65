/**
 * @file What ../shared/data/MANIFEST.md says of the models: their files and accuracies.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../crate/wasm/command.mjs';

export const SHARED = join(ROOT, '../shared/data');

/** Why tests of those files are left out, or false. */
export const absent = existsSync(SHARED) ? false : '../shared/data is not there';

/** @typedef {{ percent: number, set: string, samples: number }} Stated */
/** @typedef {{ file: string, parameters: number, accuracies: Stated[] }} Entry */

/**
 * The models of a manifest; files of weights that belong to another file are none.
 * @param {string} text
 * @returns {Entry[]}
 */
export function entries(text) {
  return text.split(/^- \*\*models\//m).flatMap((part) => {
    const head = /^(\S+\.(?:onnx|tflite))\*\*: \d+ B, (\d+) params/.exec(part);
    if (head === null) {
      return [];
    }
    const accuracies = [...part.matchAll(/^ {2}- accuracy ([\d.]+) % on (.+) \(n=(\d+)\)/gm)].map(
      ([, percent, set = '', samples]) => ({ percent: Number(percent), set, samples: Number(samples) }),
    );
    return [{ file: head[1] ?? '', parameters: Number(head[2]), accuracies }];
  });
}

/** @returns {Entry[]} */
export function models() {
  return absent ? [] : entries(readFileSync(join(SHARED, 'MANIFEST.md'), 'utf8'));
}
