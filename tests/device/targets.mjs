/**
 * @file Where a batch runs: on a board, or on this machine with a compiler's sanitizers. Both answer in one form.
 */
import { join } from 'node:path';
import { kernelDefines } from './artifact.mjs';
import { GENERATED, INCLUDE, readBatch, SOURCES, writeBatch } from './batch.mjs';
import { build, compile, run, symbolsOf } from './board.mjs';
import { execute, executeOrStop } from './process.mjs';

/** @typedef {import('./batch.mjs').Task} Task */
/** @typedef {import('./board.mjs').Board} Board */
/** @typedef {import('./board.mjs').Region} Region */
/** @typedef {import('./board.mjs').Sections} Sections */
/** @typedef {import('./board.mjs').Symbol} Symbol */

/**
 * `regions` has what was counted in each run; it is empty on this machine.
 * @typedef {import('./batch.mjs').TaskOutcome & { regions: Region[] }} Outcome
 * @typedef {{ exit: number, output: string, outcomes: Outcome[] }} BatchRun
 * @typedef {{ sections: Sections, symbols: Symbol[], runtime: string[] }} BatchBuild `runtime` names the functions
 *   and tables of the runtime, linked or not
 */

export const COMPILERS = /** @type {const} */ (['gcc', 'clang']);

const WARNINGS = ['-Wall', '-Wextra', '-Werror'];
const SANITIZERS = ['-g', '-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];

/** Milliseconds that all cases may take with the sanitizers. */
const HOST_MILLIS = 120_000;

/**
 * The leak check needs to trace its own process, which containers forbid; the program frees all it takes.
 */
const SANITIZER_ENV = { ...process.env, ASAN_OPTIONS: 'detect_leaks=0', UBSAN_OPTIONS: 'print_stacktrace=1' };

/**
 * Builds and runs a batch on this machine with the sanitizers, in a folder of its own.
 * @param {typeof COMPILERS[number]} compiler
 * @param {string} folder
 * @param {Task[]} tasks
 * @returns {Promise<BatchRun>}
 */
export function runOnHost(compiler, folder, tasks) {
  return buildAndRun(compiler, folder, tasks, SANITIZERS);
}

/**
 * Builds and runs one task on this machine with only the kernels that its artifact needs.
 * @param {string} folder
 * @param {Task} task
 * @returns {Promise<BatchRun>}
 */
export function runSelected(folder, task) {
  const defines = kernelDefines(task.artifact).map((define) => `-D${define}`);
  return buildAndRun('gcc', folder, [task], ['-O1', ...defines]);
}

/**
 * @param {string} compiler
 * @param {string} folder
 * @param {Task[]} tasks
 * @param {string[]} flags
 * @returns {Promise<BatchRun>}
 */
async function buildAndRun(compiler, folder, tasks, flags) {
  writeBatch(folder, tasks);
  const include = ['.', ...INCLUDE].map((path) => `-I${path}`);
  const sources = [SOURCES.runner, SOURCES.runtime, ...GENERATED];
  const args = ['-std=c99', ...WARNINGS, ...flags, ...include, ...sources, '-o', 'program'];
  await executeOrStop(compiler, args, { cwd: folder });
  const place = { cwd: folder, env: SANITIZER_ENV, timeout: HOST_MILLIS };
  const { exit, output } = await execute(join(folder, 'program'), [], place);
  return { exit, output, outcomes: readBatch(folder, tasks, output).map((outcome) => ({ ...outcome, regions: [] })) };
}

/**
 * How the runtime is compiled for a board.
 * @typedef {{ defines?: string[], optimise?: string }} Settings
 */

/**
 * Builds a batch for a board, in a folder of its own.
 * @param {Board} board
 * @param {string} folder
 * @param {Task[]} tasks
 * @param {Settings} [settings]
 * @returns {Promise<BatchBuild>}
 */
export async function buildForBoard(board, folder, tasks, settings = {}) {
  writeBatch(folder, tasks);
  const how = { ...settings, include: ['.', ...INCLUDE], cwd: folder };
  await compile(board, { ...how, sources: [SOURCES.runtime], output: 'runtime.o' });
  const sources = [SOURCES.runner, ...GENERATED, 'runtime.o'];
  const [built, runtime] = await Promise.all([
    build(board, { ...how, sources, output: 'program.elf' }),
    symbolsOf('runtime.o', folder),
  ]);
  return { ...built, runtime: runtime.map(({ name }) => name) };
}

/**
 * Runs on a board what buildForBoard left in the folder.
 * @param {Board} board
 * @param {string} folder
 * @param {Task[]} tasks
 * @returns {Promise<BatchRun>}
 */
export async function runOnBoard(board, folder, tasks) {
  const { exit, output, regions } = await run(board, join(folder, 'program.elf'), { cwd: folder });
  const outcomes = readBatch(folder, tasks, output).map((outcome) => {
    const { first, runs } = outcome;
    return { ...outcome, regions: first < 0 ? [] : regions.slice(first, first + runs.length) };
  });
  return { exit, output, outcomes };
}
