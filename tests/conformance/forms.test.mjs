/**
 * @file Each form that exporters and quantisers write, of tests/fixture/forms.py: its outputs are onnxruntime's, and
 * so are those of what comes out when its layers are pruned, or, where they are integers, rounded again. (Of pruned
 * weights between integers onnxruntime makes integers by itself.)
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ROOT } from '../../crate/wasm/command.mjs';
import { startPeers } from './peers.mjs';
import { folder, planFile, sepalJson } from './sepal.mjs';

const FIXTURES = join(ROOT, 'tests/fixture');
const SAMPLES = 16;
/** Largest difference of outputs, as a share of the largest. */
const ERROR = 1e-5;
/** The same where the model computes in steps: a value may fall to the next one, and is 1 % of the largest. */
const STEP_ERROR = 0.02;
const STEPS = /qdq|qoperator|dynamic/;
/** The same where it computes in 16 bits, and we in 32. */
const HALF_ERROR = 2e-3;
const HALF = /half\.onnx/;

/** @typedef {{ file: string, made_by: string, expect: { evaluates?: boolean } }} Entry */
/** @type {Entry[]} */
const ENTRIES = JSON.parse(readFileSync(join(FIXTURES, 'manifest.json'), 'utf8'));
const FORMS = ENTRIES.filter(({ made_by, expect }) => made_by === 'forms.py' && expect.evaluates === true);

/** @type {Awaited<ReturnType<typeof startPeers>>} */
let peers;
before(async () => {
  peers = await startPeers(folder('forms'));
});
after(() => peers?.end());

/** @type {(a: number, b: number) => number} */
const plus = (a, b) => a + b;

/** @param {number[]} shape */
const elements = (shape) => shape.reduce((product, size) => product * size, 1);

/**
 * Writes samples without a pattern, between -1 and 1, for the shape of one.
 * @param {string} path of the .npy file
 * @param {number[]} shape
 */
function writeSamples(path, shape) {
  const count = SAMPLES * elements(shape);
  let state = 1;
  const values = Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
  const sizes = [SAMPLES, ...shape].join(', ');
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${sizes},), }`;
  const header = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
  const start = Buffer.from([
    0x93,
    ...Buffer.from('NUMPY'),
    1,
    0,
    header.length % 256,
    Math.floor(header.length / 256),
  ]);
  writeFileSync(path, Buffer.concat([start, Buffer.from(header, 'latin1'), Buffer.from(values.buffer)]));
}

/**
 * By how much our outputs differ from onnxruntime's.
 * @param {string} model
 * @param {string} samples
 */
async function difference(model, samples) {
  const outputs = join(folder('forms'), 'outputs.npy');
  sepalJson('evaluate', model, '--evaluation', samples, '--preprocess', 'scale=1', '--outputs', outputs);
  const theirs = await peers.ask({ model, samples, outputs });
  assert.equal(theirs.failure, undefined);
  return theirs.off ?? Number.NaN;
}

describe('forms of ONNX files, beside onnxruntime', () => {
  for (const { file } of FORMS) {
    test(file, async () => {
      const model = join(FIXTURES, file);
      const view = sepalJson('inspect', model);
      const shapes = view.inputs.map((/** @type {{ shape: number[] }} */ input) => input.shape.slice(1));
      // Several inputs are read one behind the other.
      const sample = shapes.length === 1 ? shapes[0] : [shapes.map(elements).reduce(plus, 0)];
      const samples = join(folder('forms'), 'samples.npy');
      writeSamples(samples, sample);
      const error = STEPS.test(file) ? STEP_ERROR : HALF.test(file) ? HALF_ERROR : ERROR;
      const found = await difference(model, samples);
      assert.ok(found <= error, `as it is: outputs are off by ${found}`);

      /** @type {{ name: string, methods: string[], shape: number[] }[]} */
      const layers = view.layers;
      const changeable = layers.filter(({ methods }) => methods.length > 0);
      const pruned = changeable.map(({ name, shape }) => [name, { method: 'prune', nonzeros: elements(shape) >> 1 }]);
      const values = Object.fromEntries(layers.map(({ name }) => [name, 'int8']));
      const out = folder('forms/changed');
      const plan = STEPS.test(file)
        ? planFile('forms/plan', {}, { values })
        : planFile('forms/plan', Object.fromEntries(pruned));
      const report = sepalJson('compress', model, '--plan', plan, '--out', out);
      assert.ok(STEPS.test(file) || report.macs < report.base_macs, 'nothing was pruned');
      const name = file.replace(/.*\//, '').replace('.onnx', '-compressed.onnx');
      const changed = await difference(join(out, name), samples);
      assert.ok(changed <= error, `changed: outputs are off by ${changed}`);
    });
  }
});
