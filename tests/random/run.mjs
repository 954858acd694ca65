/**
 * @file npm run check:random: small graphs, drawn at random over the operators that Sepal takes, through evaluation,
 * compression and all files that are written, against onnxruntime, LiteRT and the C runtime. What differs without a
 * word, panics or hangs is made small and printed with a script that makes it.
 *
 *     node tests/random/run.mjs                              2,000 ONNX and 500 TFLite graphs
 *     node tests/random/run.mjs --count 20000 --seed 1 --jobs 2
 *     node tests/random/run.mjs --count 0 --tflite 1000      TFLite graphs alone
 *     node tests/random/run.mjs --stages evaluate            only what evaluation gives
 *     node tests/random/run.mjs --seed 25 --count 1 --whole  one graph, through all stages
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ROOT, runOrStop, Stop, say, start, stream } from '../../crate/wasm/command.mjs';
import { venv } from '../conformance/venv.mjs';
import { RUNTIME } from '../device/batch.mjs';
import { examplePath } from '../host.mjs';

/**
 * @typedef {{ count: number, tflite: number, seed: number, jobs: number, rest: string[] }} Settings
 * @typedef {Record<string, number>} Counted
 * @typedef {{ drawn: Counted, found: Counted, passed: Counted, refused: Counted, operators: Counted }} Summary
 */

const OUTPUT = join(ROOT, 'tests/output/random');
const summaryOf = (/** @type {number} */ job) => join(OUTPUT, `summary-${job}.json`);
const here = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));

/** The most frequent refusals that are shown; all are in summary.json. */
const SHOWN = 12;

const BOARD_FLAGS = ['-std=c99', '-Wall', '-Wextra', '-Werror', '-g', '-O1'];
const SANITIZERS = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];

/** Builds the programs that are asked: their paths. */
function programs() {
  const board = join(OUTPUT, 'board');
  mkdirSync(OUTPUT, { recursive: true });
  const args = [...BOARD_FLAGS, ...SANITIZERS, `-I${RUNTIME}`, here('board.c'), '-o', board];
  runOrStop('gcc', args, 'The C runtime could not be built: install gcc.');
  return { core: examplePath('random_cases'), board };
}

/**
 * The share of `count` seeds from `seed` on that a job takes.
 * @param {number} seed
 * @param {number} count
 * @param {{ job: number, jobs: number }} of
 */
function share(seed, count, { job, jobs }) {
  const at = (/** @type {number} */ index) => seed + Math.floor((count * index) / jobs);
  return `${at(job)}:${at(job + 1)}`;
}

/**
 * @param {Counted[]} list
 * @returns {Counted}
 */
function sum(list) {
  /** @type {Counted} */
  const all = {};
  for (const [name, count] of list.flatMap(Object.entries)) {
    all[name] = (all[name] ?? 0) + count;
  }
  return all;
}

/** @param {Counted} counted */
function ordered(counted) {
  return Object.entries(counted).sort(([, a], [, b]) => b - a);
}

/** @param {Summary} summary */
function show({ drawn, found, passed, refused }) {
  const list = (/** @type {Counted} */ counted) => ordered(counted).map(([name, count]) => `${count} ${name}`);
  say(`drawn: ${list(drawn).join(', ')}`);
  say(`right: ${list(passed).join(', ')}`);
  const reasons = ordered(refused);
  say(`refused in words: ${reasons.length} sentences, the most frequent:`);
  for (const [reason, count] of reasons.slice(0, SHOWN)) {
    say(`  ${count} ${reason}`);
  }
  say(ordered(found).length === 0 ? 'found: nothing' : `found:\n  ${list(found).join('\n  ')}`);
}

/**
 * Draws and checks graphs.
 * @param {Settings} settings
 * @returns {Promise<{ passed: number, failed: number }>} graphs' answers that are right, and kinds of those that are not
 */
export async function checkRandom({ count, tflite, seed, jobs, rest }) {
  const python = await venv(here('../conformance/requirements.txt'));
  const { core, board } = programs();
  const folder = join(OUTPUT, 'found');
  rmSync(folder, { recursive: true, force: true });
  const env = { ...process.env, ASAN_OPTIONS: 'detect_leaks=0' };
  const runs = Array.from({ length: jobs }, (_, job) => {
    const mine = ['--onnx', share(seed, count, { job, jobs }), '--lite', share(seed, tflite, { job, jobs })];
    const to = ['--folder', folder, '--summary', summaryOf(job)];
    return stream(python, [here('check.py'), '--core', core, '--board', board, ...to, ...mine, ...rest], { env });
  });
  /** @type {Summary[]} */
  const summaries = (await Promise.all(runs)).map(({ ok }, job) => {
    if (!ok) {
      throw new Stop('A job ended before its graphs were checked; the reason is above.');
    }
    return JSON.parse(readFileSync(summaryOf(job), 'utf8'));
  });
  const of = (/** @type {keyof Summary} */ key) => sum(summaries.map((summary) => summary[key]));
  const keys = /** @type {const} */ (['drawn', 'found', 'passed', 'refused', 'operators']);
  const summary = /** @type {Summary} */ (Object.fromEntries(keys.map((key) => [key, of(key)])));
  writeFileSync(join(OUTPUT, 'summary.json'), `${JSON.stringify(summary, null, 1)}\n`);
  show(summary);
  const right = Object.values(summary.passed).reduce((a, b) => a + b, 0);
  return { passed: right, failed: Object.keys(summary.found).length };
}

/** @param {string[]} args */
async function main(args) {
  const { values } = parseArgs({
    args,
    options: {
      count: { type: 'string', default: '2000' },
      tflite: { type: 'string' },
      seed: { type: 'string', default: '1' },
      jobs: { type: 'string', default: '2' },
      stages: { type: 'string' },
      whole: { type: 'boolean', default: false },
    },
  });
  const count = Number(values.count);
  const rest = [...(values.stages ? ['--stages', values.stages] : []), ...(values.whole ? ['--whole'] : [])];
  const tflite = Number(values.tflite ?? Math.floor(count / 4));
  const { failed } = await checkRandom({ count, tflite, seed: Number(values.seed), jobs: Number(values.jobs), rest });
  process.exitCode = failed === 0 ? 0 : 1;
}

await start(import.meta, () => main(process.argv.slice(2)));
