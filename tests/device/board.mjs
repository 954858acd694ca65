/**
 * @file The emulated boards: how a program is built for each, and how it is run there with its instructions
 * counted. A program marks what is counted with MC_BEGIN() and MC_END() of harness/semihost.h.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execute, executeOrStop } from './process.mjs';
import { ensureDeviceTools } from './tools.mjs';

const HARNESS = fileURLToPath(new URL('harness', import.meta.url));

/** Milliseconds that a run may take. */
const RUN_MILLIS = 120_000;

/** Addresses below are flash on all boards. */
const FLASH_TOP = 0x20000000;

/**
 * `script` is the linker script in harness/. `flash` and `ram` are bytes of the board, `stack` the part of the RAM
 * that its script keeps for the stack. `clock` names the cycles that a Cortex of this kind would take.
 * @typedef {{ name: BoardName, machine: string, cpu: string[], script: string, flash: number, ram: number,
 *   stack: number, clock: 'cyclesM0' | 'cyclesM3' | 'cyclesM4' }} Board
 * @typedef {'microbit' | 'stm32vldiscovery' | 'm0' | 'm3' | 'm4'} BoardName
 */

const KIB = 1024;
const M0 = ['-mcpu=cortex-m0', '-mthumb'];
const M3 = ['-mcpu=cortex-m3', '-mthumb'];
const M4 = ['-mcpu=cortex-m4', '-mthumb', '-mfloat-abi=hard', '-mfpu=fpv4-sp-d16'];
const MPS2 = { script: 'mps2.ld', flash: 4096 * KIB, ram: 4096 * KIB, stack: 16 * KIB };

/**
 * microbit and stm32vldiscovery have the memory of the chips they are named after. m0 is ARMv6-M code on the large
 * Cortex-M3 board, for models that need more than a microbit has.
 * @type {Board[]}
 */
export const BOARDS = [
  {
    name: 'microbit',
    machine: 'microbit',
    cpu: M0,
    clock: 'cyclesM0',
    script: 'microbit.ld',
    flash: 256 * KIB,
    ram: 16 * KIB,
    stack: 2 * KIB,
  },
  {
    name: 'stm32vldiscovery',
    machine: 'stm32vldiscovery',
    cpu: M3,
    clock: 'cyclesM3',
    script: 'stm32vl.ld',
    flash: 128 * KIB,
    ram: 8 * KIB,
    stack: 2 * KIB,
  },
  { name: 'm0', machine: 'mps2-an385', cpu: M0, clock: 'cyclesM0', ...MPS2 },
  { name: 'm3', machine: 'mps2-an385', cpu: M3, clock: 'cyclesM3', ...MPS2 },
  { name: 'm4', machine: 'mps2-an386', cpu: M4, clock: 'cyclesM4', ...MPS2 },
];

/**
 * Bytes by section. `text` has the vectors too; `flash` is text + rodata + data, `ram` is data + bss, without the
 * stack.
 * @typedef {{ text: number, rodata: number, data: number, bss: number, flash: number, ram: number }} Sections
 * @typedef {{ name: string, bytes: number, section: 'text' | 'rodata' | 'data' | 'bss' }} Symbol
 */

/**
 * `sources` are C, assembler or object files; `include` are folders; `defines` are NAME or NAME=VALUE; `optimise`
 * is O2 unless said; `output` is the path of the ELF file. Relative paths start at `cwd`.
 * @typedef {{ sources: string[], output: string, include?: string[], defines?: string[], optimise?: string,
 *   flags?: string[], cwd?: string }} Build
 */

/**
 * The flags that every file for a board is compiled with. GNU C, as vendors' tools have it by default.
 * @param {Board} board
 * @param {Omit<Build, 'sources' | 'output'>} how
 */
function compileFlags(board, { include = [], defines = [], optimise = 'O2', flags = [] }) {
  return [
    ...board.cpu,
    ...[`-${optimise}`, '-std=gnu99', '-Wall', '-Wextra', '-ffunction-sections', '-fdata-sections'],
    ...['--specs=nano.specs', `-I${HARNESS}`],
    ...include.map((folder) => `-I${folder}`),
    ...defines.map((define) => `-D${define}`),
    ...flags,
  ];
}

/**
 * Compiles one source to an object file.
 * @param {Board} board
 * @param {Build} how with one source
 */
export async function compile(board, how) {
  const args = [...compileFlags(board, how), '-c', ...how.sources, '-o', how.output];
  await executeOrStop('arm-none-eabi-gcc', args, place(how.cwd));
}

/**
 * Builds a program with the start-up code.
 * @param {Board} board
 * @param {Build} how
 * @returns {Promise<{ sections: Sections, symbols: Symbol[] }>}
 */
export async function build(board, how) {
  const linking = ['-nostartfiles', `-L${HARNESS}`, '-T', `${HARNESS}/${board.script}`, '-Wl,--gc-sections'];
  const sources = [`${HARNESS}/startup.c`, ...how.sources];
  const args = [...compileFlags(board, how), ...linking, ...sources, '-o', how.output];
  await executeOrStop('arm-none-eabi-gcc', args, place(how.cwd));
  const file = place(how.cwd);
  const [sizes, names] = await Promise.all([
    executeOrStop('arm-none-eabi-size', ['-A', how.output], file),
    symbolsOf(how.output, how.cwd),
  ]);
  return { sections: readSections(sizes), symbols: names };
}

/** @param {string | undefined} cwd */
function place(cwd) {
  return cwd === undefined ? {} : { cwd };
}

/** @param {string} text what `size -A` prints */
function readSections(text) {
  const sizes = new Map([...text.matchAll(/^(\.\S+)\s+(\d+)/gm)].map(([, name, bytes]) => [name, Number(bytes)]));
  const sum = (/** @type {string[]} */ ...names) => names.reduce((total, name) => total + (sizes.get(name) ?? 0), 0);
  const code = sum('.vectors', '.text', '.ARM.extab', '.ARM.exidx');
  const [rodata, data, bss] = [sum('.rodata'), sum('.data'), sum('.bss')];
  return { text: code, rodata, data, bss, flash: code + rodata + data, ram: data + bss };
}

/** @type {Record<string, Symbol['section']>} */
const KINDS = { T: 'text', W: 'text', R: 'rodata', D: 'data', B: 'bss' };

/**
 * The symbols with a size that an object or ELF file defines, the largest last.
 * @param {string} file
 * @param {string} [cwd]
 * @returns {Promise<Symbol[]>}
 */
export async function symbolsOf(file, cwd) {
  const text = await executeOrStop('arm-none-eabi-nm', ['-S', '--size-sort', file], place(cwd));
  return [...text.matchAll(/^\w+ (\w+) (\w) (\S+)$/gm)].flatMap(([, bytes = '', kind = '', name = '']) => {
    const section = KINDS[kind.toUpperCase()];
    return section === undefined ? [] : [{ name, bytes: Number.parseInt(bytes, 16), section }];
  });
}

/**
 * What was counted between one pair of markers. Cycles are those of a core without wait states: an estimate.
 * `unaligned` and `flashWrites` must be 0: they fault, or are lost, on chips where QEMU forgives them; the first
 * instructions that did it are at `unalignedAt` and `flashWriteAt`. `functions` and `kinds` have the instructions of
 * each function and of each kind.
 * @typedef {{ instructions: number, cyclesM0: number, cyclesM3: number, cyclesM4: number, flashReads: number,
 *   flashWrites: number, unaligned: number, unalignedAt: number, flashWriteAt: number,
 *   functions: Record<string, number>, kinds: Record<string, number> }} Region
 */

/**
 * `exit` is what main returned, 100 + n after exception n, 124 when time ran out. `stackBytes` is what was used
 * since reset, or null when main did not return.
 * @typedef {{ exit: number, output: string, regions: Region[], stackBytes: number | null }} BoardRun
 */

let runs = 0;

/**
 * Runs a program. Its relative file names start at `cwd`.
 * @param {Board} board
 * @param {string} elf
 * @param {{ args?: string[], cwd?: string, timeout?: number }} [how] `timeout` in ms
 * @returns {Promise<BoardRun>}
 */
export async function run(board, elf, { args = [], cwd, timeout = RUN_MILLIS } = {}) {
  const { plugin } = ensureDeviceTools();
  runs += 1;
  const counts = `${elf}.${process.pid}-${runs}.jsonl`;
  const words = args.length > 0 ? ['program', ...args] : [];
  const semihosting = ['enable=on,target=native', ...words.map((word) => `arg=${escaped(word)}`)].join(',');
  const quiet = ['-display', 'none', '-monitor', 'none', '-serial', 'none', '-no-reboot'];
  const counting = `file=${escaped(plugin)},out=${escaped(counts)},flashtop=${FLASH_TOP}`;
  const options = ['-M', board.machine, ...quiet, '-semihosting-config', semihosting, '-plugin', counting];
  const ended = await execute('qemu-system-arm', [...options, '-kernel', elf], { ...place(cwd), timeout });
  const regions = existsSync(counts) ? readRegions(readFileSync(counts, 'utf8')) : [];
  rmSync(counts, { force: true });
  const stack = /^stack (\d+)\n/m.exec(ended.output);
  const output = ended.output.replace(/^stack \d+\n/m, '');
  return { exit: ended.exit, output, regions, stackBytes: stack === null ? null : Number(stack[1]) };
}

/**
 * A comma within a value is doubled for QEMU.
 * @param {string} value
 */
function escaped(value) {
  return value.replaceAll(',', ',,');
}

/**
 * The plugin's lines but the last, which is about the whole run.
 * @param {string} text
 * @returns {Region[]}
 */
function readRegions(text) {
  const lines = text.split('\n').filter((line) => line.endsWith('}'));
  return lines.map((line) => JSON.parse(line)).filter(({ region }) => region !== 'total');
}
