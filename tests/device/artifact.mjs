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

/**
 * Bits of the features by the names of operations, weight formats and FLOAT; a test of the runtime writes them.
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
 * What a program defines to have only the kernels compiled that an artifact needs, as its model.h does.
 * @param {Buffer} bytes a whole artifact
 * @returns {string[]}
 */
export function kernelDefines(bytes) {
  const features = bytes.readUInt32LE(24);
  const names = Object.keys(KERNELS).filter((name) => (features >>> (KERNELS[name] ?? 0)) % 2 === 1);
  return ['SEPAL_SELECT', ...names.map((name) => `SEPAL_WITH_${name}`)];
}
