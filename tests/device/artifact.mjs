/**
 * @file Reads from the head of an artifact what a program around it must know: crate/runtime/FORMAT.md, section 2.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, Stop } from '../../crate/wasm/command.mjs';

const MAGIC = 0x31504553;
const HEADER_BYTES = 32;
const PORT_BYTES = 24;
const ELEMENT_BYTES = [1, 4];

/** Formats from this one on have layouts: the array of their weights says which. */
const FIRST_WITH_LAYOUTS = 12;
const FEATURE_BITS = 32;

/**
 * By operation: where in a record the format of a matrix stands, and the offset of its weights.
 * @type {Record<number, [number, number][]>}
 */
const MATRICES = {
  1: [[1, 16]],
  2: [[1, 40]],
  3: [
    [1, 56],
    [123, 80],
  ],
};

/**
 * By name: the bits of the features of operations, weight formats and FLOAT, and the numbers of layouts, which are
 * above. A test of the runtime writes them.
 * @type {Record<string, number>}
 */
const KERNELS = JSON.parse(readFileSync(join(ROOT, 'tests/device/kernels.json'), 'utf8'));

/**
 * `inputs` and `outputs` are the bytes of each.
 * @typedef {{ arenaBytes: number, inputs: number[], outputs: number[] }} ArtifactHead
 */

/**
 * The bytes of the input or output that is described at an offset.
 * @param {Buffer} bytes
 * @param {number} at
 */
function portBytes(bytes, at) {
  const elements = bytes.readUInt16LE(at + 4) * bytes.readUInt16LE(at + 6) * bytes.readUInt16LE(at + 8);
  return elements * (ELEMENT_BYTES[bytes.readUInt8(at + 16)] ?? 0);
}

/**
 * @param {Buffer} bytes a whole artifact
 * @returns {ArtifactHead}
 */
export function readHead(bytes) {
  if (bytes.length < HEADER_BYTES || bytes.readUInt32LE(0) !== MAGIC || bytes.readUInt32LE(8) !== bytes.length) {
    throw new Stop('This is not an artifact, or only a part of one.');
  }
  const [inputs, outputs] = [bytes.readUInt8(22), bytes.readUInt8(23)];
  const ports = Array.from({ length: inputs + outputs }, (_, i) => portBytes(bytes, HEADER_BYTES + PORT_BYTES * i));
  return { arenaBytes: bytes.readUInt32LE(16), inputs: ports.slice(0, inputs), outputs: ports.slice(inputs) };
}

/** @param {number[]} values */
export function total(values) {
  return values.reduce((sum, value) => sum + value, 0);
}

/**
 * The numbers of all layouts of an artifact's weights: the format, and the lowest byte of the array's head.
 * @param {Buffer} bytes a whole artifact
 * @returns {Set<number>}
 */
function layoutNumbers(bytes) {
  const numbers = new Set();
  let at = HEADER_BYTES + PORT_BYTES * (bytes.readUInt8(22) + bytes.readUInt8(23));
  for (let left = bytes.readUInt16LE(20); left > 0; left -= 1) {
    for (const [formatAt, weightsAt] of MATRICES[bytes.readUInt8(at)] ?? []) {
      const format = bytes.readUInt8(at + formatAt);
      if (format >= FIRST_WITH_LAYOUTS) {
        numbers.add(format * 256 + bytes.readUInt8(bytes.readUInt32LE(at + weightsAt)));
      }
    }
    at += 4 * bytes.readUInt8(at + 3);
  }
  return numbers;
}

/**
 * What a program defines to have only the kernels compiled that an artifact needs, as its model.h does.
 * @param {Buffer} bytes a whole artifact
 * @returns {string[]}
 */
export function kernelDefines(bytes) {
  const features = bytes.readUInt32LE(24);
  const layouts = layoutNumbers(bytes);
  const isNeeded = (/** @type {number} */ number) =>
    number < FEATURE_BITS ? (features >>> number) % 2 === 1 : layouts.has(number);
  const names = Object.keys(KERNELS).filter((name) => isNeeded(KERNELS[name] ?? 0));
  return ['SEPAL_SELECT', ...names.map((name) => `SEPAL_WITH_${name}`)];
}
