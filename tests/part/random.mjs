/**
 * @file The part of npm test that checks graphs and data drawn at random: the same ones each time, few enough for a minute.
 */
import { checkRandom } from '../random/run.mjs';
import { counts, sum } from './counts.mjs';
import { runFiles, testFiles } from './node.mjs';

/** The graphs of npm test; "npm run check:random" draws more. */
const GRAPHS = { count: 400, tflite: 100, seed: 1, jobs: 2, rest: ['--whole'] };

export async function random() {
  const { passed, failed } = await checkRandom(GRAPHS);
  return sum([counts(passed, failed, true), await runFiles(testFiles('tests/random'))]);
}
