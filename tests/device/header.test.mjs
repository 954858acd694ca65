/**
 * @file sepal.h as a device's project meets it: without a warning in standard C99 and in what vendors' tools make the
 * default, and with nothing to link but the compiler's own functions.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ROOT } from '../../crate/wasm/command.mjs';
import { INCLUDE, SOURCES } from './batch.mjs';
import { BOARDS } from './board.mjs';
import { execute, executeOrStop } from './process.mjs';
import { COMPILERS } from './targets.mjs';
import { ensureDeviceTools } from './tools.mjs';

const FOLDER = join(ROOT, 'tests/output/device/header');
const WARNINGS = ['-Wall', '-Wextra', '-Wconversion', '-Wundef', '-Wpedantic', '-Werror'];
const STANDARDS = ['c99', 'gnu99', 'c11', 'gnu17', 'c++17'];
const CORES = ['m0', 'm3', 'm4'];
const LEVELS = ['Os', 'O2', 'O3'];

/** What GCC may call without being asked: copies, division, floating point. No libc beyond it. */
const COMPILERS_OWN = /^(__aeabi_\w+|__gnu_\w+|__clzsi2|mem(cpy|set|move))$/;

/** A switch of each kind: 1, nothing, 0, and one that is not there. */
const SWITCHES = `#define SEPAL_SELECT
#define SEPAL_WITH_DENSE 1
#define SEPAL_WITH_CONV
#define SEPAL_WITH_DENSE_S8 1
#define SEPAL_WITH_POOL 0
#define SEPAL_IMPLEMENTATION
#include "sepal.h"
#if !SEPAL_HAS(DENSE) || !SEPAL_HAS(CONV) || SEPAL_HAS(POOL) || SEPAL_HAS(ADD)
#error "a switch is not read as it should be"
#endif
typedef char sepal_all[SEPAL_FEATURES == (SEPAL_BIT(SEPAL_OP_DENSE) | SEPAL_BIT(SEPAL_OP_CONV) | SEPAL_BIT(16)) ? 1 : -1];
`;

ensureDeviceTools();
mkdirSync(FOLDER, { recursive: true });
writeFileSync(join(FOLDER, 'switches.c'), SWITCHES);

/**
 * Compiles a file, warnings being errors.
 * @param {string} compiler
 * @param {string[]} flags
 * @param {string} output a file name
 * @param {string} [source]
 */
function compileRuntime(compiler, flags, output, source = SOURCES.runtime) {
  const include = INCLUDE.map((folder) => `-I${folder}`);
  const args = [...flags, ...WARNINGS, ...include, '-c', source, '-o', join(FOLDER, output)];
  return execute(compiler, args);
}

/**
 * The flags that name a standard, and the language where the file's ending does not.
 * @param {string} standard
 */
function language(standard) {
  return [`-std=${standard}`, ...(standard.startsWith('c++') ? ['-x', 'c++'] : [])];
}

for (const compiler of COMPILERS) {
  describe(`sepal.h and ${compiler} on this machine`, () => {
    for (const standard of STANDARDS) {
      test(`no warning in ${standard}`, async () => {
        const flags = [...language(standard), '-O2'];
        const { exit, output } = await compileRuntime(compiler, flags, `${compiler}-${standard}.o`);
        assert.equal(exit, 0, output);
      });

      test(`every kind of switch is read in ${standard}`, async () => {
        const object = `${compiler}-${standard}-switches.o`;
        const source = join(FOLDER, 'switches.c');
        const { exit, output } = await compileRuntime(compiler, language(standard), object, source);
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
