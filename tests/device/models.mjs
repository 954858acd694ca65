/**
 * @file The default models as artifacts: as they are in 8 bits, and compressed by the plans of the folder plan, which
 * `sepal fit` found. Exported by the command line program with real samples and what the Rust runtime gives for them.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT, Stop } from '../../crate/wasm/command.mjs';

const PLANS = fileURLToPath(new URL('plan/', import.meta.url));
const PUBLIC = join(ROOT, 'www/public');

/** Samples that an artifact is exported with. */
export const VECTORS = 32;

/**
 * What a model is fitted to and measured on: paths of sample files.
 * @typedef {{ calibration: string, evaluation: string }} Sets
 * @typedef {{ id: string, title: string, file: string, sets: Sets }} Model
 * @typedef {'dense_int8' | 'compressed'} Variant
 * @typedef {{ folder: string, artifact: string, input: Buffer, output: Buffer, report: any }} ExportedModel
 */

/** @param {string} name of the page's sets */
function pageSets(name) {
  return {
    calibration: join(PUBLIC, `sample/${name}-calibration.npz`),
    evaluation: join(PUBLIC, `sample/${name}-evaluation.npz`),
  };
}

/** @type {Model[]} */
export const MODELS = [
  { id: 'lenet-300-100', title: 'LeNet-300-100', file: 'lenet-300-100.onnx', sets: pageSets('mnist') },
  { id: 'lenet-5-caffe', title: 'LeNet-5', file: 'lenet-5-caffe.onnx', sets: pageSets('mnist') },
  { id: 'watch-cnn', title: 'wrist motion', file: 'watch-cnn.onnx', sets: pageSets('watch') },
];

/** @type {Variant[]} */
export const VARIANTS = ['dense_int8', 'compressed'];

/**
 * Exports a model into a folder.
 * @param {(...args: string[]) => any} sepalJson runs the program and reads its JSON
 * @param {Model} model
 * @param {Variant} variant
 * @param {{ folder: string, prefer?: 'small' | 'fast', precision?: 'int8' | 'float' }} how
 * @returns {ExportedModel}
 */
export function exportModel(sepalJson, model, variant, { folder, prefer = 'small', precision = 'int8' }) {
  mkdirSync(folder, { recursive: true });
  const plan = variant === 'compressed' ? ['--plan', join(PLANS, `${model.id}.json`)] : [];
  const sets = ['--calibration', model.sets.calibration, '--evaluation', model.sets.evaluation];
  const how = ['--prefer', prefer, '--precision', precision, '--vectors', String(VECTORS)];
  const file = join(PUBLIC, 'model', model.file);
  const report = sepalJson('export', file, '--out', folder, ...plan, ...sets, ...how);
  const read = (/** @type {string} */ name) => readFileSync(join(folder, name));
  const [input, output] = [read('input.bin'), read('output.bin')];
  if (input.length % VECTORS !== 0 || output.length % VECTORS !== 0) {
    throw new Stop(`${model.id}: the samples are not whole.`);
  }
  return { folder, artifact: join(folder, 'model.sepal'), input, output, report };
}

/**
 * Makes a case of the device tests of a model.
 * @param {(...args: string[]) => any} sepalJson
 * @param {Model} model
 * @param {Variant} variant
 * @param {{ cases: string, precision: 'int8' | 'float' }} how
 */
export function modelCase(sepalJson, model, variant, { cases, precision }) {
  const name = `model.${model.id}.${variant}.${precision}`;
  const folder = join(cases, name);
  const { input, output, report } = exportModel(sepalJson, model, variant, { folder, precision });
  const note = {
    name,
    samples: VECTORS,
    inputBytes: input.length / VECTORS,
    outputBytes: output.length / VECTORS,
    arenaBytes: report.device.arenaBytes,
    float: precision === 'float',
    exactArena: true,
    description: `${model.title}, ${variant}, on ${VECTORS} samples of its evaluation set`,
  };
  writeFileSync(join(folder, 'case.json'), JSON.stringify(note));
}
