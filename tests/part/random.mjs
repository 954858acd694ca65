/**
 * @file The part of npm test that checks graphs drawn at random: the same ones each time, few enough for a minute.
 */
import { checkRandom } from '../random/run.mjs';
import { counts } from './counts.mjs';

/** The graphs of npm test; "npm run check:random" draws more. */
const GRAPHS = { count: 400, tflite: 100, seed: 1, jobs: 2, rest: ['--whole'] };

export async function random() {
  const { passed, failed } = await checkRandom(GRAPHS);
  return counts(passed, failed, true);
}
