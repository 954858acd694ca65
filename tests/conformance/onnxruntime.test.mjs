/**
 * @file The files that Sepal writes, run by onnxruntime: the same outputs within 1e-4 of the largest, for every
 * default model and method. The download itself is run, with its sparse factors stored sparse.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { folder, planFile, publicFile, sepalJson } from './sepal.mjs';
import { venv } from './venv.mjs';

const here = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));

/** @type {{ id: string, model: string, evaluation: string, calibration: string }[]} */
const DEFAULTS = JSON.parse(readFileSync(publicFile('model/default.json'), 'utf8'));

/** @type {Record<string, Record<string, Record<string, object>>>} plans by model */
const PLANS = {
  'lenet-300-100': {
    keep: {},
    low_rank: { fc1: { method: 'low_rank', rank: 65 }, fc2: { method: 'low_rank', rank: 22 } },
    dictionary: {
      fc1: { method: 'dictionary', atoms: 39, nonzeros: 8 },
      fc2: { method: 'dictionary', atoms: 31, nonzeros: 8 },
      fc3: { method: 'dictionary', atoms: 8, nonzeros: 2 },
    },
  },
  'lenet-5-caffe': {
    low_rank: {
      conv1: { method: 'low_rank', rank: 10 },
      conv2: { method: 'low_rank', rank: 20 },
      fc1: { method: 'low_rank', rank: 40 },
    },
    dictionary: {
      conv2: { method: 'dictionary', atoms: 31, nonzeros: 10 },
      fc1: { method: 'dictionary', atoms: 61, nonzeros: 10 },
    },
    separation: { conv1: { method: 'separation', rank: 5 }, conv2: { method: 'separation', rank: 10 } },
    horizontal: { conv2: { method: 'separation', rank: 10, order: 'horizontal', kept: 60 } },
    channel: { conv2: { method: 'channel', rank: 8 } },
  },
  'watch-cnn': {
    low_rank: { conv2: { method: 'low_rank', rank: 10 }, conv3: { method: 'low_rank', rank: 12 } },
    dictionary: {
      conv2: { method: 'dictionary', atoms: 16, nonzeros: 6 },
      conv3: { method: 'dictionary', atoms: 25, nonzeros: 8 },
    },
    sparse: {
      conv1: { method: 'channel', rank: 4 },
      conv2: { method: 'double_sparse', nonzeros: 900 },
      conv3: { method: 'prune', nonzeros: 1500 },
    },
  },
};

/**
 * Plans that are fitted from front to back, with new biases and rounded values.
 * @type {Record<string, { layers: Record<string, object>, values: Record<string, string> }>}
 */
const FITTED = {
  'lenet-5-caffe': {
    layers: { conv2: { method: 'prune', nonzeros: 4000, block: 4 }, fc1: { method: 'prune', nonzeros: 20_000 } },
    values: { conv1: 'int8', conv2: 'int4', fc1: 'codebook3', fc2: 'codebook' },
  },
  'watch-cnn': {
    layers: { conv2: { method: 'low_rank', rank: 12 }, conv3: { method: 'dictionary', atoms: 25, nonzeros: 8 } },
    values: { conv1: 'int8', conv2: 'int8', conv3: 'codebook' },
  },
};

let python = '';
before(async () => {
  python = await venv(here('requirements.txt'));
});

/**
 * onnxruntime's view of a file and of our outputs for it.
 * @param {string} model
 * @param {string} samples
 * @param {string} outputs
 */
function checked(model, samples, outputs) {
  const args = ['--model', model, '--samples', samples, '--outputs', outputs, '--json'];
  return JSON.parse(execFileSync(python, [here('onnxruntime_check.py'), ...args], { encoding: 'utf8' }));
}

/**
 * Compresses a default model, and holds the file against onnxruntime.
 * @param {(typeof DEFAULTS)[number]} from
 * @param {string} name
 * @param {string} plan
 * @param {string[]} more
 */
function holds({ id, model, evaluation }, name, plan, more) {
  const out = folder(`${id}-${name}`);
  const samples = publicFile(evaluation);
  const args = [publicFile(model), '--plan', plan, '--out', out, '--evaluation', samples, ...more];
  const { accuracy } = sepalJson('compress', ...args);
  const file = join(out, `${id}-compressed.onnx`);
  const outputs = join(out, 'outputs.npy');
  const again = sepalJson('evaluate', file, '--evaluation', samples, '--outputs', outputs);
  const theirs = checked(file, samples, outputs);
  assert.ok(theirs.max_relative_error <= 1e-4, `${theirs.max_relative_error}`);
  assert.deepEqual([again.accuracy, again.samples], [accuracy, theirs.samples]);
  assert.ok(Math.abs(theirs.accuracy - accuracy) < 0.11, `${theirs.accuracy} % there, ${accuracy} % here`);
}

for (const model of DEFAULTS) {
  for (const [name, layers] of Object.entries(PLANS[model.id] ?? {})) {
    test(`${model.id}: ${name}`, () => holds(model, name, planFile(`${model.id}-${name}`, layers), []));
  }
  const fitted = FITTED[model.id];
  if (fitted !== undefined) {
    test(`${model.id}: fitted and rounded`, () => {
      const { layers, ...rest } = fitted;
      const plan = planFile(`${model.id}-fitted`, layers, { ...rest, fit: 'sequential' });
      holds(model, 'fitted', plan, ['--calibration', publicFile(model.calibration)]);
    });
  }
}

test('the check notices outputs that are off', () => {
  const out = folder('off');
  const model = publicFile('model/watch-cnn.onnx');
  const samples = publicFile('sample/watch-evaluation.npz');
  const outputs = join(out, 'outputs.npy');
  sepalJson('evaluate', model, '--evaluation', samples, '--outputs', outputs);
  sepalJson('compress', model, '--method', 'low_rank', '--out', out);
  const other = join(out, 'watch-cnn-compressed.onnx');
  const args = ['--model', other, '--samples', samples, '--outputs', outputs];
  const { status, stderr } = spawnSync(python, [here('onnxruntime_check.py'), ...args], { encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stderr, /our outputs are off by/);
});
