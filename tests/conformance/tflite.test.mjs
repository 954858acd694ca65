/**
 * @file The TFLite files that Sepal writes, run by LiteRT and by tflite-micro: every default model and method, and
 * small models with each operator. In float32 the outputs are ours within 1e-4 of the largest; in int8 they are those
 * of our artifact but for rounding, and the accuracy is the artifact's within a few samples.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../../crate/wasm/command.mjs';
import { folder, planFile, publicFile, sepal, sepalJson } from './sepal.mjs';
import { venv } from './venv.mjs';

const here = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));

/** @type {{ id: string, model: string, evaluation: string, calibration: string }[]} */
const DEFAULTS = JSON.parse(readFileSync(publicFile('model/default.json'), 'utf8'));

/**
 * @typedef {{ layers: Record<string, object>, values?: Record<string, string>, fit?: string }} Plan
 * @typedef {{ model: string, plan: string, evaluation: string, calibration: string, asIs?: boolean }} Case
 * @typedef {{ accuracy: number, max_relative_error: number, equal: number, max_difference: number }} Figures
 */

/** @type {Record<string, Record<string, Plan>>} plans by model */
const PLANS = {
  'lenet-300-100': {
    dense: { layers: {} },
    low_rank: { layers: { fc1: { method: 'low_rank', rank: 65 }, fc2: { method: 'low_rank', rank: 22 } } },
    pruned: {
      layers: { fc1: { method: 'prune', nonzeros: 20_000 }, fc2: { method: 'prune', nonzeros: 3000, block: 4 } },
      values: { fc1: 'int8', fc2: 'codebook', fc3: 'int4' },
    },
    dictionary: { layers: { fc1: { method: 'dictionary', atoms: 39, nonzeros: 8 } } },
  },
  'lenet-5-caffe': {
    dense: { layers: {} },
    low_rank: {
      layers: {
        conv1: { method: 'low_rank', rank: 10 },
        conv2: { method: 'low_rank', rank: 20 },
        fc1: { method: 'low_rank', rank: 40 },
      },
    },
    separation: {
      layers: {
        conv1: { method: 'separation', rank: 5 },
        conv2: { method: 'separation', rank: 10, order: 'horizontal', kept: 60 },
      },
    },
    pruned: {
      layers: { conv2: { method: 'prune', nonzeros: 4000, block: 4 }, fc1: { method: 'prune', nonzeros: 20_000 } },
      values: { conv1: 'int8', conv2: 'int4', fc1: 'codebook3', fc2: 'codebook' },
      fit: 'sequential',
    },
  },
  'watch-cnn': {
    dense: { layers: {} },
    low_rank: {
      layers: { conv2: { method: 'low_rank', rank: 10 }, conv3: { method: 'low_rank', rank: 12 } },
      values: { conv1: 'int8', conv2: 'int8' },
      fit: 'sequential',
    },
    sparse: {
      layers: {
        conv1: { method: 'channel', rank: 4 },
        conv2: { method: 'double_sparse', nonzeros: 900 },
        conv3: { method: 'prune', nonzeros: 1500 },
      },
    },
  },
};

/**
 * Points of accuracy by which our roundings may differ from those of LiteRT and tflite-micro beyond what these differ
 * by themselves, where a plan has left little between classes: 3 of 1000 samples.
 */
const POINTS = 0.31;
/** Samples that the artifact's outputs are compared on. */
const VECTORS = 32;

let python = '';
before(async () => {
  python = await venv(here('requirements.txt'));
});

/**
 * What both interpreters make of a file.
 * @param {string} file
 * @param {Case} of
 * @param {string[]} more
 * @returns {{ litert: Figures, tflm: Figures, bytes: number, input: string }}
 */
function run(file, { evaluation, asIs }, more) {
  const args = ['--model', file, '--samples', evaluation, ...(asIs ? ['--as-is'] : []), ...more];
  return JSON.parse(execFileSync(python, [here('tflite_check.py'), ...args], { encoding: 'utf8', stdio: 'pipe' }));
}

/**
 * Compresses, and gives the file and the report.
 * @param {Case} of
 * @param {string} out
 * @param {'float' | 'int8'} precision
 */
function compressed({ model, plan, evaluation, calibration }, out, precision) {
  const sets = ['--evaluation', evaluation, '--calibration', calibration];
  const report = sepalJson('compress', model, '--plan', plan, '--out', out, '--tflite', precision, ...sets);
  const stem = join(out, `${basename(model, '.onnx')}-compressed`);
  const bytes = readFileSync(`${stem}.tflite`);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const told = { precision, bytes: bytes.length, sha256 };
  assert.deepEqual({ ...report.tflite, ...told }, report.tflite);
  return { stem, report };
}

/**
 * In float32, both give our outputs.
 * @param {Case} of
 * @param {string} out
 */
function floatHolds(of, out) {
  const { stem, report } = compressed(of, out, 'float');
  const outputs = join(out, 'outputs.npy');
  sepalJson('evaluate', `${stem}.onnx`, '--evaluation', of.evaluation, '--outputs', outputs);
  const { litert, tflm, input } = run(`${stem}.tflite`, of, ['--outputs', outputs]);
  assert.equal(input, 'float32');
  for (const figures of [litert, tflm]) {
    assert.ok(figures.max_relative_error <= 1e-4, JSON.stringify({ litert, tflm }));
    assert.ok(Math.abs(figures.accuracy - report.accuracy) < 0.11, JSON.stringify({ litert, tflm }));
  }
}

/**
 * In int8, both give our artifact's outputs but for steps of rounding, and about its accuracy.
 * @param {Case} of
 * @param {string} out
 * @param {{ equal: number, difference: number }} bounds
 */
function int8Holds(of, out, { equal, difference }) {
  const { stem } = compressed(of, out, 'int8');
  const sets = ['--evaluation', of.evaluation, '--calibration', of.calibration];
  const how = ['--plan', of.plan, '--out', out, '--vectors', String(VECTORS)];
  const { samples, correct } = sepalJson('export', of.model, ...how, ...sets).device.verified.score;
  const { litert, tflm, input } = run(`${stem}.tflite`, of, ['--vectors', out]);
  assert.equal(input, 'int8');
  const ours = (100 * correct) / samples;
  // Of few samples, one is many points.
  const points = Math.max(POINTS + Math.abs(litert.accuracy - tflm.accuracy), 101 / samples);
  for (const figures of [litert, tflm]) {
    const found = JSON.stringify({ ours, litert, tflm });
    assert.ok(figures.equal >= equal && figures.max_difference <= difference, found);
    assert.ok(Math.abs(figures.accuracy - ours) <= points, found);
  }
}

for (const { id, model, evaluation, calibration } of DEFAULTS) {
  const sets = { model: publicFile(model), evaluation: publicFile(evaluation), calibration: publicFile(calibration) };
  for (const [name, { layers, ...rest }] of Object.entries(PLANS[id] ?? {})) {
    const out = folder(`tflite-${id}-${name}`);
    const plan = planFile(`tflite-${id}-${name}`, layers, rest);
    test(`${id}: ${name} in float32`, () => floatHolds({ ...sets, plan }, out));
    test(`${id}: ${name} in int8`, () => int8Holds({ ...sets, plan }, out, { equal: 0.55, difference: 2 }));
  }
}

const OPERATORS = [
  'grouped',
  'depthwise',
  'convolutions',
  'pools',
  'functions',
  'sums',
  'branches',
  'padded',
  'scaled',
  'shapes',
  'signal',
  'sequence',
  'attention',
  'dead',
];

const MODELS = folder('tflite-operators');

describe('small models with random weights', () => {
  before(() => {
    const made = execFileSync(python, [here('tflite_models.py'), '--out', MODELS], { encoding: 'utf8' });
    assert.deepEqual(JSON.parse(made), [...OPERATORS, 'stored', 'beyond']);
  });

  for (const name of OPERATORS) {
    const out = folder(`tflite-operators/${name}`);
    const samples = join(MODELS, `${name}.npz`);
    const plan = planFile(`tflite-operators/${name}`, {});
    const of = { model: join(MODELS, `${name}.onnx`), plan, evaluation: samples, calibration: samples };
    test(`${name} in float32`, () => floatHolds(of, out));
    // Means of windows are rounded on their input's scale in TFLite.
    const bounds = name === 'pools' ? { equal: 0.2, difference: 4 } : { equal: 0.6, difference: 3 };
    test(`${name} in int8`, () => int8Holds(of, out, bounds));
  }

  for (const precision of ['float', 'int8']) {
    test(`numbers as a model stores them are no values of a device, ${precision}`, () => {
      const model = join(MODELS, 'stored.onnx');
      const samples = join(MODELS, 'stored.npz');
      const more = ['--out', folder('tflite-none'), '--calibration', samples];
      const plan = planFile('tflite-none', {});
      for (const args of [
        ['compress', model, '--plan', plan, '--tflite', precision],
        ['export', model, '--precision', precision],
      ]) {
        const { status, stderr } = sepal(...args, ...more);
        assert.equal(status, 1);
        assert.match(stderr, /numbers that a QuantizeLinear stores.+end the model with a DequantizeLinear/);
      }
    });
  }

  test('all that TFLite files cannot hold is said at once', () => {
    const model = join(MODELS, 'beyond.onnx');
    const plan = planFile('tflite-none', {});
    const args = ['compress', model, '--plan', plan, '--tflite', 'float', '--out', folder('tflite-none')];
    const { status, stderr } = sepal(...args);
    assert.equal(status, 1);
    assert.match(stderr, /cannot be written as TFLite because of Sin .*; Cos /);
    assert.equal(stderr.trim().split('\n').length, 1);
  });
});

const SHARED = join(ROOT, '../shared/data');
const skip = existsSync(SHARED) ? false : '../shared/data is not there';

describe('models that are not ours', { skip }, () => {
  const data = (/** @type {string} */ name) => join(SHARED, 'data', name);
  const sets = { evaluation: data('cifar10_test1000.npz'), calibration: data('cifar10_calib200.npz'), asIs: true };
  const out = folder('tflite-resnet8');
  const plan = planFile('tflite-resnet8', {});
  const resnet = { model: join(SHARED, 'models/mlperf-tiny/resnet8.onnx'), plan, ...sets };
  test('resnet8 in float32', () => floatHolds(resnet, out));
  // Its outputs are probabilities in steps of 1/256: near a half, one step before them is many.
  test('resnet8 in int8', () => int8Holds(resnet, out, { equal: 0.6, difference: 48 }));
});

test('8-bit files need calibration samples', () => {
  const args = ['compress', publicFile('model/watch-cnn.onnx'), '--method', 'low_rank', '--tflite', 'int8'];
  const { status, stderr } = sepal(...args, '--out', folder('tflite-none'));
  assert.equal(status, 1);
  assert.match(stderr, /8-bit activations need calibration samples/);
});
