/**
 * @file npm run fit:instructions: counts what every kernel takes on emulated Cortex-M0, M3 and M4 cores, fits a cost
 * per part of its work (non-negative least squares), and writes crate/core/src/device/instructions.json, with the
 * error that it has on the default models.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, runOrStop, Stop, say, start } from '../../../crate/wasm/command.mjs';
import { ensurePackages } from '../../../www/packages.mjs';
import { kernelDefines } from '../../device/artifact.mjs';
import { BOARDS } from '../../device/board.mjs';
import { measure } from '../../device/measure.mjs';
import { exportModel, MODELS, VARIANTS } from '../../device/models.mjs';
import { ensureDeviceTools } from '../../device/tools.mjs';
import { nonNegativeLeastSquares } from './nnls.mjs';
import { releaseProgram } from './program.mjs';

const TABLE = join(ROOT, 'crate/core/src/device/instructions.json');
const OUTPUT = join(ROOT, 'tests/output/fit-instructions');
const CORES = ['m0', 'm3', 'm4'];
/** Samples that are counted: instructions of 8-bit kernels do not depend on them. */
const SAMPLES = 2;
/** Floating point in software depends on its operands: a mean over more. */
const FLOAT_SAMPLES = 8;

/**
 * @typedef {{ kernel: string, counts: number[] }} Work
 * @typedef {{ name: string, operations: Work[], instructions: Record<string, number>, textBytes: number }} Run
 */

/** @param {string} core */
function boardOf(core) {
  const board = BOARDS.find(({ name }) => name === core);
  if (board === undefined) {
    throw new Stop(`There is no board ${core}.`);
  }
  return board;
}

/**
 * Counts an artifact on all cores.
 * @param {string} artifact
 * @param {Buffer} input
 */
async function count(artifact, input) {
  const defines = kernelDefines(readFileSync(artifact));
  const found = await Promise.all(CORES.map((core) => measure(artifact, input, boardOf(core), { defines })));
  return {
    instructions: Object.fromEntries(CORES.map((core, i) => [core, found[i]?.instructions.mean ?? Number.NaN])),
    textBytes: found[CORES.indexOf('m3')]?.textBytes ?? 0,
  };
}

/** @returns {Promise<Run[]>} */
async function kernelRuns() {
  rmSync(OUTPUT, { recursive: true, force: true });
  const example = ['run', '--quiet', '--release', '--package', 'sepal-core', '--example', 'device_cases', '--'];
  runOrStop('cargo', [...example, OUTPUT, 'counted'], 'The kernels to count could not be made.');
  /** @type {Run[]} */
  const runs = [];
  for (const name of readdirSync(OUTPUT).sort()) {
    const folder = join(OUTPUT, name);
    const note = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8'));
    const samples = note.float ? FLOAT_SAMPLES : SAMPLES;
    const input = readFileSync(join(folder, 'input.bin')).subarray(0, samples * note.inputBytes);
    runs.push({ name, operations: note.operations, ...(await count(join(folder, 'model.sepal'), input)) });
    say(`${name}: ${CORES.map((core) => Math.round(runs.at(-1)?.instructions[core] ?? 0)).join(', ')}`);
  }
  return runs;
}

/**
 * The cost of each part of each kernel on one core. Operations that only prepare others (fill, copy) are fitted
 * first and taken off.
 * @param {Run[]} runs
 * @param {string} core
 */
function fitCore(runs, core) {
  /** @type {Record<string, number[]>} */
  const fitted = {};
  const alone = (/** @type {string} */ kernel) => (/** @type {Run} */ run) =>
    run.operations.every((own) => own.kernel === kernel || fitted[own.kernel] !== undefined) &&
    run.operations.some((own) => own.kernel === kernel);
  const kernels = [...new Set(runs.flatMap(({ operations }) => operations.map(({ kernel }) => kernel)))];
  kernels.sort((a, b) => rank(a) - rank(b));
  for (const kernel of kernels) {
    const own = runs.filter(alone(kernel));
    const rest = own.map((run) => (run.instructions[core] ?? 0) - predicted(run.operations, fitted));
    const rows = own.map((run) => sum(run.operations.filter((work) => work.kernel === kernel)));
    fitted[kernel] = nonNegativeLeastSquares(rows, rest).map((value) => Number(value.toFixed(3)));
  }
  return fitted;
}

/** Copies are measured by themselves, fills only together with a copy. @param {string} kernel */
function rank(kernel) {
  return ['copy', 'fill'].indexOf(kernel) < 0 ? 2 : ['copy', 'fill'].indexOf(kernel);
}

/** @param {Work[]} works of one kernel */
function sum(works) {
  const length = works[0]?.counts.length ?? 0;
  return Array.from({ length }, (_, i) => works.reduce((all, { counts }) => all + (counts[i] ?? 0), 0));
}

/**
 * @param {Work[]} operations
 * @param {Record<string, number[]>} table
 */
function predicted(operations, table) {
  return operations.reduce((all, { kernel, counts }) => {
    const costs = table[kernel] ?? [];
    return all + costs.reduce((own, cost, i) => own + cost * (counts[i] ?? 0), 0);
  }, 0);
}

/**
 * Bytes of code on a Cortex-M3: of everything that all need, and what each kernel adds.
 * @param {Run[]} runs
 */
function codeSizes(runs) {
  const base = Math.min(...runs.map(({ textBytes }) => textBytes));
  /** @type {Record<string, number>} */
  const code = { base };
  for (const run of runs.filter(({ operations }) => operations.length === 1)) {
    const kernel = run.operations[0]?.kernel ?? '';
    code[kernel] = Math.max(code[kernel] ?? 0, run.textBytes - base);
  }
  return code;
}

/**
 * Relative error of the estimate on whole models: root mean square over models, variants and cores.
 * @param {Record<string, Record<string, number[]>>} cores
 */
async function modelError(cores) {
  writeTable({ error: 0, code: { base: 0 }, cores });
  const errors = [];
  for (const model of MODELS) {
    for (const variant of VARIANTS) {
      const folder = join(OUTPUT, `model-${model.id}-${variant}`);
      const { artifact, input, report } = exportModel(releaseProgram, model, variant, { folder });
      const each = input.length / 32;
      const found = await count(artifact, input.subarray(0, SAMPLES * each));
      for (const core of CORES) {
        const counted = found.instructions[core] ?? Number.NaN;
        const estimated = report.device.instructions[core];
        say(`${model.id} ${variant} ${core}: ${counted} counted, ${Math.round(estimated)} estimated`);
        errors.push((estimated / counted - 1) ** 2);
      }
    }
  }
  return Math.sqrt(errors.reduce((a, b) => a + b, 0) / errors.length);
}

/** @param {object} table */
function writeTable(table) {
  writeFileSync(TABLE, JSON.stringify(table));
  runOrStop(join(ROOT, 'node_modules/.bin/biome'), ['format', '--write', TABLE], 'biome cannot format the table.');
}

async function main() {
  ensurePackages();
  ensureDeviceTools();
  const runs = await kernelRuns();
  const cores = Object.fromEntries(CORES.map((core) => [core, fitCore(runs, core)]));
  const error = await modelError(cores);
  writeTable({ error: Number(error.toFixed(3)), code: codeSizes(runs), cores });
  say(`Written to crate/core/src/device/instructions.json; error on whole models ${(100 * error).toFixed(1)} %.`);
}

await start(import.meta, main);
