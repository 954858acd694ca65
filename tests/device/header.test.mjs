/**
 * @file sepal.h as a device's project meets it: without a warning in standard C99 and in what vendors' tools make the
 * default, and with nothing to link but the compiler's own functions.
 */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ROOT } from '../../crate/wasm/command.mjs';
import { INCLUDE, SOURCES } from './batch.mjs';
import { BOARDS } from './board.mjs';
import { execute, executeOrStop } from './process.mjs';
import { COMPILERS } from './targets.mjs';
import { ensureDeviceTools } from './tools.mjs';

const FOLDER = join(ROOT, 'tests/output/device/header');
const WARNINGS = ['-Wall', '-Wextra', '-Wconversion', '-Wpedantic', '-Werror'];
const STANDARDS = ['c99', 'gnu99', 'c11', 'gnu17'];
const CORES = ['m0', 'm3', 'm4'];
const LEVELS = ['Os', 'O2', 'O3'];

/** What GCC may call without being asked: copies, division, floating point. No libc beyond it. */
const COMPILERS_OWN = /^(__aeabi_\w+|__gnu_\w+|__clzsi2|mem(cpy|set|move))$/;

ensureDeviceTools();
mkdirSync(FOLDER, { recursive: true });

/**
 * Compiles the runtime, warnings being errors.
 * @param {string} compiler
 * @param {string[]} flags
 * @param {string} output a file name
 */
function compileRuntime(compiler, flags, output) {
  const include = INCLUDE.map((folder) => `-I${folder}`);
  const args = [...flags, ...WARNINGS, ...include, '-c', SOURCES.runtime, '-o', join(FOLDER, output)];
  return execute(compiler, args);
}

for (const compiler of COMPILERS) {
  describe(`sepal.h and ${compiler} on this machine`, () => {
    for (const standard of STANDARDS) {
      test(`no warning in ${standard}`, async () => {
        const { exit, output } = await compileRuntime(
          compiler,
          [`-std=${standard}`, '-O2'],
          `${compiler}-${standard}.o`,
        );
        assert.equal(exit, 0, output);
      });
    }
  });
}

for (const { name, cpu } of BOARDS.filter((board) => CORES.includes(board.name))) {
  describe(`sepal.h for ${name}`, () => {
    for (const level of LEVELS) {
      test(`no warning and no library at -${level}`, async () => {
        const file = `${name}-${level}.o`;
        const { exit, output } = await compileRuntime('arm-none-eabi-gcc', [...cpu, '-std=c99', `-${level}`], file);
        assert.equal(exit, 0, output);
        const wanted = await executeOrStop('arm-none-eabi-nm', ['-u', '-P', join(FOLDER, file)]);
        const foreign = [...wanted.matchAll(/^(\S+) U/gm)].map((line) => line[1] ?? '');
        assert.deepEqual(
          foreign.filter((symbol) => !COMPILERS_OWN.test(symbol)),
          [],
        );
      });
    }
  });
}
