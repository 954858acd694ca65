/**
 * @file The C runtime against the Rust runtime: every case of the folder, on this machine with the sanitizers of gcc
 * and clang, with only the kernels that it needs, and on every board that it fits on. Outputs must be the same bytes;
 * memory must be what was promised.
 *
 *     node --test tests/device/device.test.mjs        with the cases of the last "npm test"
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ROOT } from '../../crate/wasm/command.mjs';
import { BOARDS } from './board.mjs';
import { forBoard, overhead, pack, readCases } from './cases.mjs';
import { buildForBoard, COMPILERS, runOnBoard, runOnHost, runSelected } from './targets.mjs';
import { ensureDeviceTools } from './tools.mjs';

/** @typedef {import('./cases.mjs').Case} Case */
/** @typedef {import('./targets.mjs').BatchRun} BatchRun */
/** @typedef {import('./targets.mjs').Outcome} Outcome */
/** @typedef {{ outcome: Outcome, batch: BatchRun }} Result */

const OUTPUT = join(ROOT, 'tests/output/device');

/** Bytes of stack that a run may use, from the call of sepal_run on. */
const STACK_BYTES = { integer: 512, float: 768 };

ensureDeviceTools();
const cases = readCases(join(OUTPUT, 'cases'));

/**
 * Asserts all that holds anywhere.
 * @param {Case} one
 * @param {Result} result
 */
function checkOutcome(one, { outcome, batch }) {
  const ending = `exit status ${batch.exit}:\n${batch.output.slice(-2000)}`;
  assert.equal(outcome.status, 0, `sepal_open: ${outcome.status ?? `the program did not come so far, ${ending}`}`);
  assert.equal(outcome.arenaBytes, one.arenaBytes, 'sepal_arena_bytes');
  assert.equal(outcome.runs.length, one.samples + 1, `the program ended early with ${ending}`);
  assert.ok(
    outcome.runs.every(({ status }) => status === 0),
    `sepal_run: ${outcome.runs.map(({ status }) => status).join(', ')}`,
  );
  assert.equal(difference(outcome.outputs, one.expected), null);
  const repeated = difference(outcome.repeated, one.expected.subarray(0, one.outputBytes));
  assert.equal(repeated, null, 'on an arena with other contents the first sample gave another output');
  const high = Math.max(...outcome.runs.map(({ highWater }) => highWater));
  assert.ok(high <= one.arenaBytes, `byte ${high} of an arena of ${one.arenaBytes} was written`);
  if (one.exactArena === true) {
    assert.equal(Math.ceil(high / 4) * 4, one.arenaBytes, 'the last word of the arena was not needed');
  }
}

/**
 * Asserts what only a board tells.
 * @param {Case} one
 * @param {Result} result
 */
function checkCounts(one, { outcome }) {
  assert.equal(outcome.regions.length, outcome.runs.length, 'a run was not counted');
  for (const region of outcome.regions) {
    assert.ok(region.instructions > 0, 'nothing was counted');
    assert.equal(region.unaligned, 0, `unaligned access by the instruction at ${region.unalignedAt.toString(16)}`);
    assert.equal(region.flashWrites, 0, `write to flash by the instruction at ${region.flashWriteAt.toString(16)}`);
  }
  const stack = Math.max(...outcome.runs.map(({ stackBytes }) => stackBytes));
  const limit = one.float ? STACK_BYTES.float : STACK_BYTES.integer;
  assert.ok(stack <= limit, `${stack} bytes of stack, ${limit} is the most`);
}

/**
 * Where two outputs differ first, or null.
 * @param {Buffer} found
 * @param {Buffer} expected
 */
function difference(found, expected) {
  const length = Math.max(found.length, expected.length);
  for (let at = 0; at < length; at += 1) {
    if (found[at] !== expected[at]) {
      return `byte ${at} is ${found[at]}, and ${expected[at]} in Rust`;
    }
  }
  return null;
}

/**
 * The results of the cases of one program, by name; a program that cannot be built fails each of them.
 * @param {Case[]} tasks
 * @param {Promise<BatchRun>} running
 * @returns {Map<string, Promise<Result>>}
 */
function resultsOf(tasks, running) {
  running.catch(() => {});
  const result = async (/** @type {number} */ index) => {
    const batch = await running;
    const outcome = batch.outcomes[index];
    assert.ok(outcome !== undefined);
    return { outcome, batch };
  };
  return new Map(
    tasks.map(({ name }, index) => {
      const promise = result(index);
      promise.catch(() => {});
      return [name, promise];
    }),
  );
}

/**
 * Builds and runs all that fits on a board.
 * @param {import('./board.mjs').Board} board
 */
async function startBoard(board) {
  const tasks = cases.map(forBoard);
  const base = await overhead(board, join(OUTPUT, board.name, 'overhead'), tasks);
  const programs = pack(board, base, tasks).map((program, number) => {
    const folder = join(OUTPUT, board.name, String(number));
    const running = buildForBoard(board, folder, program).then(() => runOnBoard(board, folder, program));
    return resultsOf(program, running);
  });
  return new Map(programs.flatMap((program) => [...program]));
}

const hosts = COMPILERS.map((compiler) => {
  return { compiler, results: resultsOf(cases, runOnHost(compiler, join(OUTPUT, compiler), cases)) };
});
const alone = cases.map((one, index) => {
  const running = runSelected(join(OUTPUT, 'alone', String(index)), one);
  return { one, result: resultsOf([one], running).get(one.name) };
});
const boards = await Promise.all(BOARDS.map(async (board) => ({ board, results: await startBoard(board) })));

for (const { compiler, results } of hosts) {
  describe(`on this machine, ${compiler} with sanitizers`, () => {
    for (const one of cases) {
      test(one.name, async () => {
        const result = await results.get(one.name);
        assert.ok(result !== undefined);
        checkOutcome(one, result);
        assert.equal(result.batch.exit, 0, result.batch.output.slice(-2000));
      });
    }
  });
}

describe('on this machine, with only the kernels that an artifact needs', () => {
  for (const { one, result } of alone) {
    test(one.name, async () => {
      const found = await result;
      assert.ok(found !== undefined);
      checkOutcome(one, found);
    });
  }
});

for (const { board, results } of boards) {
  describe(`on the board ${board.name}`, () => {
    for (const one of cases.map(forBoard)) {
      const running = results.get(one.name);
      if (running !== undefined) {
        test(one.name, async () => {
          const result = await running;
          checkOutcome(one, result);
          checkCounts(one, result);
        });
      }
    }
    test('some case fits', () => assert.ok(results.size > 0));
  });
}

describe('every case', () => {
  for (const { name, description } of cases) {
    test(`${name} fits on a board`, () => {
      assert.ok(
        boards.some(({ results }) => results.has(name)),
        description,
      );
    });
  }
});
