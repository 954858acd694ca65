/**
 * @file The parts of npm test that are written for Node's own test runner: layering and conformance.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, Stop, stream } from '../../crate/wasm/command.mjs';
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
 * Runs the test files one after another, so that a file without a test is noticed.
 * @param {string[]} files
 */
export async function runFiles(files) {
  if (files.length === 0) {
    throw new Stop('There is no test file.');
  }
  const all = [];
  for (const file of files) {
    const { ok, output } = await stream(process.execPath, ['--test', '--test-reporter=spec', file]);
    all.push(nodeCounts(output, ok));
  }
  return sum(all);
}

/** Who may import whom, sizes and names, and the tests of this runner itself. */
export function layering() {
  return runFiles(testFiles('tests'));
}

/** Our results against onnxruntime's, and the command line program. */
export function conformance() {
  return runFiles(testFiles('tests/conformance'));
}
