/**
 * @file The parts of npm test that are written for Node's own test runner: layering and conformance.
 */
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { ROOT, Stop, say, stream } from '../../crate/wasm/command.mjs';
import { nodeCounts, sum } from './counts.mjs';

/**
 * The test files right in a folder.
 * @param {string} folder
 */
export function testFiles(folder) {
  const names = readdirSync(join(ROOT, folder)).filter((name) => name.endsWith('.test.mjs'));
  return names.sort().map((name) => `${folder}/${name}`);
}

/**
 * Runs each test file by itself, so that one without a test is noticed.
 * @param {string[]} files
 * @param {number} lanes how many at a time; of several, each is shown when it has ended
 */
export async function runFiles(files, lanes = 1) {
  if (files.length === 0) {
    throw new Stop('There is no test file.');
  }
  const left = [...files];
  /** @type {import("./counts.mjs").Counts[]} */
  const all = [];
  const lane = async () => {
    for (let file = left.shift(); file !== undefined; file = left.shift()) {
      const { ok, output } = await stream(process.execPath, ['--test', '--test-reporter=spec', file], {
        show: lanes === 1,
      });
      if (lanes > 1) say(output);
      all.push(nodeCounts(output, ok));
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return sum(all);
}

/** Who may import whom, sizes and names, and the tests of this runner itself. */
export function layering() {
  return runFiles(testFiles('tests'));
}

/** The files that take minutes: begun first, so that all lanes end together. */
const LONG = ['tflite', 'onnxruntime', 'models'].map((name) => `tests/conformance/${name}.test.mjs`);

/** Our results against onnxruntime's, and the command line program. */
export function conformance() {
  const rest = testFiles('tests/conformance').filter((file) => !LONG.includes(file));
  return runFiles([...LONG, ...rest], availableParallelism());
}
