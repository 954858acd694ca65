/**
 * @file The harness itself, on every board: that it counts exactly, and that it sees what the device tests rely on
 * it to see.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../../crate/wasm/command.mjs';
import { BOARDS, build, run } from './board.mjs';
import { TIMEOUT_EXIT } from './process.mjs';
import { ensureDeviceTools } from './tools.mjs';

const SOURCE = fileURLToPath(new URL('harness/selftest.c', import.meta.url));
const HARD_FAULT = 103;

ensureDeviceTools();

for (const board of BOARDS) {
  describe(`the harness on ${board.name}`, () => {
    const folder = join(ROOT, 'tests/output/device/harness', board.name);
    const elf = join(folder, 'selftest.elf');
    /** @param {string} word */
    const start = (word) => run(board, elf, { args: [word], cwd: folder });
    /** @type {Awaited<ReturnType<typeof build>>} */
    let built;
    before(async () => {
      mkdirSync(folder, { recursive: true });
      built = await build(board, { sources: [SOURCE], output: elf });
    });

    test('gives sizes', () => {
      const { sections, symbols } = built;
      assert.equal(sections.flash, sections.text + sections.rodata + sections.data);
      assert.ok(sections.text > 500 && sections.flash < 8192);
      assert.deepEqual(
        symbols.find(({ name }) => name === 'ram'),
        { name: 'ram', bytes: 16, section: 'data' },
      );
    });

    test('counts instructions exactly, and hands on the exit status', async () => {
      const { exit, regions, stackBytes } = await start('c');
      assert.equal(exit, 42);
      assert.equal(regions.length, 2);
      assert.equal(regions[0]?.instructions, 0);
      const beside = (regions[1]?.instructions ?? 0) - 3 * 1000;
      assert.ok(beside >= 0 && beside < 8, `${beside} instructions beside the loop`);
      assert.ok((regions[1]?.[board.clock] ?? 0) > 3 * 1000);
      assert.ok(stackBytes !== null && stackBytes > 64 && stackBytes < board.stack);
    });

    test('measures the stack', async () => {
      const bytes = Number.parseInt((await start('s')).output, 10);
      assert.ok(bytes >= 400 && bytes < 450, `${bytes} bytes`);
    });

    test('reads and writes files', async () => {
      writeFileSync(join(folder, 'from.bin'), Uint8Array.of(0, 10, 13, 200, 255));
      assert.equal((await start('f')).exit, 0);
      assert.deepEqual([...readFileSync(join(folder, 'to.bin'))], [0, 10, 13, 200, 255]);
    });

    test('sees an unaligned access', async () => {
      const { exit, regions } = await start('u');
      const seen = board.name === 'microbit' ? exit === HARD_FAULT : regions[0]?.unaligned === 1;
      assert.ok(seen, `exit status ${exit}`);
    });

    test('sees a write to flash', async () => {
      assert.equal((await start('w')).regions[0]?.flashWrites, 1);
    });

    test('sees a fault', async () => {
      const { exit, output, stackBytes } = await start('x');
      assert.equal(exit, HARD_FAULT);
      assert.match(output, /^FAULT exception=3/);
      assert.equal(stackBytes, null);
    });

    test('ends what does not end', async () => {
      const { exit } = await run(board, elf, { args: ['l'], cwd: folder, timeout: 300 });
      assert.equal(exit, TIMEOUT_EXIT);
    });
  });
}
