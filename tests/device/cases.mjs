/**
 * @file The cases of the device tests: folders that the Rust side writes, each with an artifact, inputs, and the
 * outputs of the Rust runtime. Says which of them fit on a board, and packs them into as few programs as its flash
 * allows.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stop } from '../../crate/wasm/command.mjs';
import { readHead, total } from './artifact.mjs';
import { taskFlash } from './batch.mjs';
import { buildForBoard } from './targets.mjs';

/** @typedef {import('./batch.mjs').Task} Task */
/** @typedef {import('./board.mjs').Board} Board */
/** @typedef {import('./board.mjs').Sections} Sections */

/**
 * `case.json`. `exactArena` says that a run must write the arena's very last word.
 * @typedef {{ name: string, samples: number, inputBytes: number, outputBytes: number, arenaBytes: number,
 *   float: boolean, description: string, exactArena?: boolean }} CaseNote
 * @typedef {CaseNote & Task & { expected: Buffer }} Case `expected` are the outputs of all samples
 */

/** The samples of a case that are run on a board, at most; on this machine all are. */
const BOARD_SAMPLES = 32;

/** Bytes of flash that one program fills at most, so that several are built and run at a time. */
const PROGRAM_BYTES = 2 ** 19;

/** Bytes of RAM that the arena of a program may take beside its size, for alignment. */
const ARENA_SLACK = 16;

/**
 * @param {string} folder
 * @returns {Case[]} in the order of their names
 */
export function readCases(folder) {
  if (!existsSync(folder)) {
    throw new Stop('There are no cases for the device tests: run "npm test -- --only device", which makes them.');
  }
  const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'case.json')));
  return names.sort().map((name) => readCase(join(folder, name)));
}

/**
 * @param {string} folder of one case
 * @returns {Case}
 */
function readCase(folder) {
  /** @type {CaseNote} */
  const note = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8'));
  const [artifact, input, expected] = ['model.sepal', 'input.bin', 'output.bin'].map((file) =>
    readFileSync(join(folder, file)),
  );
  if (artifact === undefined || input === undefined || expected === undefined) {
    throw new Stop(`The case ${note.name} is not complete.`);
  }
  const head = readHead(artifact);
  const stated = [note.inputBytes, note.outputBytes, note.arenaBytes];
  const found = [total(head.inputs), total(head.outputs), head.arenaBytes];
  const lengths = [input.length, expected.length];
  const right = note.samples > 0 && stated.every((bytes, index) => bytes === found[index]);
  if (!right || lengths.some((bytes, index) => bytes !== note.samples * (stated[index] ?? 0))) {
    throw new Stop(`The case ${note.name} does not agree with its files: ${[...found, ...lengths].join(', ')} bytes.`);
  }
  return { ...note, artifact, input, expected };
}

/**
 * A case cut to the samples that a board runs.
 * @param {Case} whole
 * @returns {Case}
 */
export function forBoard(whole) {
  const samples = Math.min(whole.samples, BOARD_SAMPLES);
  const input = whole.input.subarray(0, samples * whole.inputBytes);
  return { ...whole, samples, input, expected: whole.expected.subarray(0, samples * whole.outputBytes) };
}

/**
 * What a program without cases takes on a board, measured with one that is linked to the smallest case.
 * @param {Board} board
 * @param {string} folder
 * @param {Case[]} cases at least one
 * @returns {Promise<{ flash: number, ram: number }>} bytes, without artifacts and arena
 */
export async function overhead(board, folder, cases) {
  const [smallest] = [...cases].sort((a, b) => a.artifact.length + a.arenaBytes - b.artifact.length - b.arenaBytes);
  if (smallest === undefined) {
    throw new Stop('There is no case for the device tests.');
  }
  const { sections } = await buildForBoard(board, folder, [smallest]);
  return { flash: sections.flash - smallest.artifact.length, ram: sections.ram - smallest.arenaBytes };
}

/**
 * Packs the cases that fit on a board into programs.
 * @param {Board} board
 * @param {{ flash: number, ram: number }} base what a program takes without cases
 * @param {Case[]} cases
 * @returns {Case[][]}
 */
export function pack(board, base, cases) {
  const arena = board.ram - board.stack - base.ram - ARENA_SLACK;
  const flash = board.flash - base.flash;
  const fitting = cases.filter((one) => one.arenaBytes <= arena && taskFlash(one.artifact) <= flash);
  /** @type {Case[][]} */
  const programs = [];
  let room = 0;
  for (const one of fitting) {
    const bytes = taskFlash(one.artifact);
    if (programs.length === 0 || bytes > room) {
      programs.push([]);
      room = Math.min(flash, PROGRAM_BYTES);
    }
    programs.at(-1)?.push(one);
    room -= bytes;
  }
  return programs;
}
