/**
 * @file What an artifact takes on a board: instructions for each sample, code, artifact, arena and stack. For the
 * benches and for fitting the cost model; judges nothing but that the runs went well.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT, Stop } from '../../crate/wasm/command.mjs';
import { kernelDefines, readHead, total } from './artifact.mjs';
import { INCLUDE } from './batch.mjs';
import { build } from './board.mjs';
import { buildForBoard, runOnBoard } from './targets.mjs';

const OUTPUT = join(ROOT, 'tests/output/device');
const LINKED = fileURLToPath(new URL('harness/linked.c', import.meta.url));

/** @typedef {import('./board.mjs').Board} Board */
/** @typedef {import('./board.mjs').Region} Region */
/** @typedef {import('./targets.mjs').Settings} Settings */
/** @typedef {{ mean: number, min: number, max: number }} Spread over the samples */

/**
 * `cycles` are estimated, without wait states, for a core like the board's. `textBytes` are the functions and tables
 * of the runtime that are linked; `linkedBytes` is what linking it adds to an empty program, with the compiler's
 * functions that it needs. `dataBytes` is the artifact, `stackBytes` the most that a call of sepal_run used.
 * `functions` has the instructions of all samples by function.
 * @typedef {{ instructions: Spread, cycles: Spread, flashReads: Spread, textBytes: number, linkedBytes: number,
 *   dataBytes: number, arenaBytes: number, stackBytes: number, functions: Record<string, number> }} Measurement
 */

/**
 * Measures an artifact.
 * @param {string} path of the artifact
 * @param {Buffer} input the samples' bytes, one after another
 * @param {Board} board
 * @param {Settings} [how] how the runtime is compiled: with the kernels that the artifact needs unless said
 * @returns {Promise<Measurement>}
 */
export async function measure(path, input, board, how = {}) {
  const artifact = readFileSync(path);
  const settings = { defines: kernelDefines(artifact), ...how };
  const head = readHead(artifact);
  const samples = input.length / total(head.inputs);
  if (!Number.isInteger(samples) || samples < 1) {
    throw new Stop(`${path} takes ${total(head.inputs)} bytes for a sample; ${input.length} are not whole samples.`);
  }
  mkdirSync(OUTPUT, { recursive: true });
  const folder = mkdtempSync(join(OUTPUT, 'measure-'));
  try {
    const tasks = [{ artifact, input, samples }];
    const { symbols, runtime } = await buildForBoard(board, join(folder, 'batch'), tasks, settings);
    const linked = symbols.filter(({ name, section }) => runtime.includes(name) && /^text|rodata$/.test(section));
    const linkedBytes = await linkedSize(board, folder, settings);
    const runs = await countedRuns(board, join(folder, 'batch'), tasks);
    return {
      ...runs,
      textBytes: total(linked.map(({ bytes }) => bytes)),
      linkedBytes,
      dataBytes: artifact.length,
      arenaBytes: head.arenaBytes,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Runs one task and gathers what was counted of its samples.
 * @param {Board} board
 * @param {string} folder
 * @param {import('./batch.mjs').Task[]} tasks one
 */
async function countedRuns(board, folder, tasks) {
  const { exit, output, outcomes } = await runOnBoard(board, folder, tasks);
  const outcome = outcomes[0];
  const failed = outcome?.status !== 0 || outcome.runs.some(({ status }) => status !== 0);
  if (exit !== 0 || failed) {
    throw new Stop(`The artifact does not run on ${board.name}, exit status ${exit}:\n${output.slice(-2000)}`);
  }
  const regions = outcome.regions.slice(0, tasks[0]?.samples);
  return {
    instructions: spread(regions.map(({ instructions }) => instructions)),
    cycles: spread(regions.map((region) => region[board.clock])),
    flashReads: spread(regions.map(({ flashReads }) => flashReads)),
    stackBytes: Math.max(...outcome.runs.map(({ stackBytes }) => stackBytes)),
    functions: byFunction(regions),
  };
}

/**
 * @param {number[]} values
 * @returns {Spread}
 */
function spread(values) {
  return { mean: total(values) / values.length, min: Math.min(...values), max: Math.max(...values) };
}

/** @param {Region[]} regions */
function byFunction(regions) {
  /** @type {Record<string, number>} */
  const sums = {};
  for (const [name, count] of regions.flatMap(({ functions }) => Object.entries(functions))) {
    sums[name] = (sums[name] ?? 0) + count;
  }
  return sums;
}

/**
 * Bytes of flash that linking the runtime adds to an empty program.
 * @param {Board} board
 * @param {string} folder
 * @param {Settings} settings
 */
async function linkedSize(board, folder, settings) {
  const how = { ...settings, include: INCLUDE, cwd: folder };
  const bare = [...(settings.defines ?? []), 'WITHOUT_RUNTIME'];
  const [without, plus] = await Promise.all([
    build(board, { ...how, defines: bare, sources: [LINKED], output: 'without.elf' }),
    build(board, { ...how, sources: [LINKED, join('batch', 'runtime.o')], output: 'linked.elf' }),
  ]);
  return plus.sections.flash - without.sections.flash;
}
