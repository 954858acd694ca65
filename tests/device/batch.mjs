/**
 * @file A batch: several artifacts and their inputs, linked to runner.c in one program. Writes the files that the
 * program is built from and reads, and makes sense of what it leaves.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readHead, total } from './artifact.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/** The folder of sepal.h. */
export const RUNTIME = fileURLToPath(new URL('../../crate/runtime/c', import.meta.url));

/** The runtime and the program around it, apart from what writeBatch writes. */
export const SOURCES = { runner: join(HERE, 'runner.c'), runtime: join(HERE, 'runtime.c') };

/** The folders to look for included files in, after the batch's own. */
export const INCLUDE = [HERE, join(HERE, 'harness'), RUNTIME];

/** The files of a batch that are compiled with the runner. */
export const GENERATED = ['cases.c', 'models.S'];

/** Bytes of flash for one case beside its artifact and its list of sizes, with what alignment may take. */
const ENTRY_BYTES = 32;

/**
 * An artifact to run: its bytes, and the bytes of `samples` samples, in each the inputs one after another.
 * @typedef {{ artifact: Buffer, input: Buffer, samples: number }} Task
 */

/**
 * The bytes of flash that a task adds to a program.
 * @param {Buffer} artifact
 */
export function taskFlash(artifact) {
  const { inputs, outputs } = readHead(artifact);
  return Math.ceil(artifact.length / 4) * 4 + ENTRY_BYTES + 4 * (inputs.length + outputs.length);
}

/**
 * Writes a batch into a folder, which is emptied first.
 * @param {string} folder
 * @param {Task[]} tasks
 */
export function writeBatch(folder, tasks) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const heads = tasks.map(({ artifact }) => readHead(artifact));
  const arena = Math.max(...heads.map(({ arenaBytes }) => arenaBytes));
  const counts = `#define CASE_COUNT ${tasks.length}u\n#define CASE_ARENA_BYTES ${arena}u\n`;
  writeFileSync(join(folder, 'cases.h'), counts);
  writeFileSync(join(folder, 'cases.c'), tableText(tasks));
  writeFileSync(join(folder, 'models.S'), tasks.map((_, index) => modelText(index)).join('') + STACK_NOTE);
  for (const [index, { artifact, input }] of tasks.entries()) {
    writeFileSync(join(folder, `${index}.sepal`), artifact);
    writeFileSync(join(folder, `${index}.in`), input);
  }
}

/** Without it a linker for Linux takes an assembler file to need an executable stack. */
const STACK_NOTE = '#if !defined(__arm__)\n.section .note.GNU-stack,"",%progbits\n#endif\n';

/** @param {number} index */
function modelText(index) {
  const name = `case_model_${index}`;
  return `.section .rodata.${name},"a"\n.balign 4\n.global ${name}\n${name}:\n.incbin "${index}.sepal"\n.balign 4\n`;
}

/** @param {Task[]} tasks */
function tableText(tasks) {
  const models = tasks.map((_, index) => `extern const uint32_t case_model_${index}[];\n`);
  const sizes = tasks.map(({ artifact }, index) => {
    const { inputs, outputs } = readHead(artifact);
    return `static const uint32_t sizes_${index}[] = { ${[...inputs, ...outputs].join(', ')} };\n`;
  });
  const rows = tasks.map(({ artifact, samples }, index) => {
    const { arenaBytes, inputs, outputs } = readHead(artifact);
    const numbers = [artifact.length, arenaBytes, samples, inputs.length, outputs.length].join(', ');
    return `    { case_model_${index}, ${numbers}, sizes_${index} },\n`;
  });
  const table = `const device_case device_cases[] = {\n${rows.join('')}};\n`;
  return `#include "runner.h"\n\n${models.join('')}\n${sizes.join('')}\n${table}`;
}

/**
 * One run of a sample; `sample` is that of the inputs, or their number for the first one's second run.
 * @typedef {{ sample: number, status: number, highWater: number, stackBytes: number }} SampleRun
 */

/**
 * What a program says of one task. `status` is that of sepal_open, null when the program did not come so far.
 * `first` is the number of runs before its own, in the whole program. `outputs` are those of the samples,
 * `repeated` that of the first one's second run.
 * @typedef {{ status: number | null, arenaBytes: number, runs: SampleRun[], first: number, outputs: Buffer,
 *   repeated: Buffer }} TaskOutcome
 */

/**
 * Reads what a program left.
 * @param {string} folder
 * @param {Task[]} tasks
 * @param {string} text what it printed
 * @returns {TaskOutcome[]}
 */
export function readBatch(folder, tasks, text) {
  const opened = new Map([...text.matchAll(/^open (\d+) (-?\d+) (\d+)$/gm)].map((line) => [Number(line[1]), line]));
  const lines = [...text.matchAll(/^run (\d+) (\d+) (-?\d+) (\d+) (\d+)$/gm)].map((line) => line.slice(1).map(Number));
  return tasks.map(({ artifact, samples }, index) => {
    const mine = lines.filter(([task]) => task === index);
    const runs = mine.map(([, sample = 0, status = 0, highWater = 0, stackBytes = 0]) => {
      return { sample, status, highWater, stackBytes };
    });
    const file = join(folder, `${index}.out`);
    const written = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
    const end = samples * total(readHead(artifact).outputs);
    const line = opened.get(index);
    return {
      status: line === undefined ? null : Number(line[2]),
      arenaBytes: Number(line?.[3] ?? 0),
      runs,
      first: lines.findIndex(([task]) => task === index),
      outputs: written.subarray(0, end),
      repeated: written.subarray(end),
    };
  });
}
