/**
 * @file The ONNX files that Sepal writes: as small as ONNX allows, right in onnxruntime as most people run it, and
 * opened again with the same layers. Models whose weights onnxruntime clips on processors without VNNI are made by
 * saturation_check.py; scikit-learn's are cases.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../../crate/wasm/command.mjs';
import { folder, planFile, publicFile, sepal, sepalJson } from './sepal.mjs';
import { venv } from './venv.mjs';

const here = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));
const SHARED = join(ROOT, '../shared');
const skip = existsSync(SHARED) ? false : '../shared is not there';

let python = '';
before(async () => {
  python = await venv(here('requirements.txt'));
});

/** @param {...string} args */
function saturation(...args) {
  return execFileSync(python, [here('saturation_check.py'), ...args], { encoding: 'utf8' });
}

/**
 * What onnxruntime makes of a file.
 * @param {string} file
 * @param {string} samples
 * @param {number} [divisor] of the samples
 * @returns {{ default: number, plain: number, clipped: string[] }}
 */
function checked(file, samples, divisor = 1) {
  return JSON.parse(saturation('check', file, samples, String(divisor)));
}

const VALUES = ['float', 'int8', 'int4', 'codebook', 'codebook3'];

/** @type {{ id: string, model: string, samples: string, layers: Record<string, object> }[]} */
const WRITTEN = [
  {
    id: 'lenet-300-100',
    model: publicFile('model/lenet-300-100.onnx'),
    samples: publicFile('sample/mnist-evaluation.npz'),
    layers: {
      fc1: { method: 'dictionary', atoms: 39, nonzeros: 8 },
      fc2: { method: 'prune', nonzeros: 6000 },
      fc3: { method: 'low_rank', rank: 5 },
    },
  },
  {
    id: 'lenet-5-caffe',
    model: publicFile('model/lenet-5-caffe.onnx'),
    samples: publicFile('sample/mnist-evaluation.npz'),
    layers: {
      conv1: { method: 'separation', rank: 5 },
      conv2: { method: 'channel', rank: 12 },
      fc1: { method: 'prune', nonzeros: 20_000 },
    },
  },
  {
    id: 'watch-cnn',
    model: publicFile('model/watch-cnn.onnx'),
    samples: publicFile('sample/watch-evaluation.npz'),
    layers: {
      conv1: { method: 'channel', rank: 4 },
      conv2: { method: 'double_sparse', nonzeros: 900 },
      conv3: { method: 'prune', nonzeros: 1500, block: 4 },
    },
  },
];

for (const { id, model, samples, layers } of WRITTEN) {
  for (const values of VALUES) {
    test(`${id} with ${values} values is small and right`, () => {
      const out = folder(`onnxout-${id}-${values}`);
      const stored = Object.fromEntries(Object.keys(layers).map((name) => [name, values]));
      const plan = planFile(`onnxout-${id}-${values}`, layers, { values: stored });
      const report = sepalJson('compress', model, '--plan', plan, '--out', out, '--evaluation', samples);
      const file = join(out, `${id}-compressed.onnx`);
      const bytes = readFileSync(file).length;
      const before = readFileSync(model).length;
      assert.deepEqual([report.onnx.bytes, report.onnx.original_bytes, report.onnx.unchanged], [bytes, before, false]);
      // What the layers take in the smallest forms of a device, some more for names, and what is not said so well.
      assert.ok(bytes <= 1.35 * report.bytes + 8000, `${bytes} bytes for ${report.bytes}`);
      const again = sepalJson('evaluate', file, '--evaluation', samples);
      assert.equal(again.accuracy, report.accuracy);
      const theirs = checked(file, samples);
      assert.deepEqual(theirs.clipped, []);
      assert.ok(Math.abs(theirs.plain - report.accuracy) < 0.11, `${theirs.plain} %, ${report.accuracy} % here`);
      // Left to itself, onnxruntime rounds what is multiplied with 4 bits to 8.
      const rounded = values === 'int4' ? 0.31 : 0.11;
      assert.ok(Math.abs(theirs.default - report.accuracy) < rounded, `${theirs.default} %, ${report.accuracy} % here`);
      const opened = sepalJson('inspect', file);
      const names = report.layers.map((/** @type {{ name: string }} */ layer) => layer.name);
      for (const name of names) {
        assert.ok(
          opened.layers.some((/** @type {{ name: string }} */ own) => own.name.startsWith(name)),
          name,
        );
      }
      if (values === 'float') {
        assert.deepEqual([opened.macs, opened.parameters], [report.macs, report.parameters]);
      }
    });
  }
}

describe('weights that onnxruntime would clip', () => {
  for (const kind of ['matrices', 'matrices-signed', 'convolutions', 'convolutions-signed']) {
    test(kind, () => {
      const out = folder(`onnxout-${kind}`);
      const [model, samples] = [join(out, 'model.onnx'), join(out, 'samples.npz')];
      saturation('make', kind, model, samples);
      assert.notDeepEqual(checked(model, samples).clipped, [], 'the check sees them in the original');
      const layer = kind.startsWith('matrices') ? 'h_matmul' : 'h_conv';
      const plan = planFile(`onnxout-${kind}`, {}, { values: { [layer]: 'int8' } });
      sepalJson('compress', model, '--plan', plan, '--out', out, '--evaluation', samples);
      const written = checked(join(out, 'model-compressed.onnx'), samples);
      assert.deepEqual(written.clipped, []);
      assert.ok(Math.abs(written.default - written.plain) <= 1, JSON.stringify(written));
      assert.ok(written.default >= 99, JSON.stringify(written));
    });
  }

  test('a plan that changes nothing gives the file itself, and says so', () => {
    const out = folder('onnxout-itself');
    const [model, samples] = [join(out, 'model.onnx'), join(out, 'samples.npz')];
    saturation('make', 'matrices', model, samples);
    const { status, stdout } = sepal('compress', model, '--plan', planFile('onnxout-itself', {}), '--out', out);
    assert.equal(status, 0);
    assert.match(stdout, /the ONNX file is the original as it came, \d+ bytes/);
    assert.deepEqual(readFileSync(join(out, 'model-compressed.onnx')), readFileSync(model));
  });
});

describe('models of others', { skip }, () => {
  const models = join(SHARED, 'data/models');

  for (const [model, samples, divisor] of /** @type {[string, string, number][]} */ ([
    ['mlperf-tiny/resnet8_int8.tflite', 'cifar10_test1000.npz', 1],
    ['ort-quantized/resnet8-qop-pc.onnx', 'cifar10_test1000.npz', 1],
    ['mlperf-tiny/vww_96_int8.tflite', 'vww_coco128_val2017.npz', 255],
  ])) {
    test(`${model} is written without weights that are clipped`, () => {
      const out = folder(`onnxout-${model.replaceAll(/\W/g, '-')}`);
      const path = join(models, model);
      const evaluation = join(SHARED, 'data/data', samples);
      const plan = planFile('onnxout-others', {});
      const report = sepalJson('compress', path, '--plan', plan, '--out', out, '--evaluation', evaluation);
      const stem = model.replace(/.*\//, '').replace(/\.\w+$/, '');
      const theirs = checked(join(out, `${stem}-compressed.onnx`), evaluation, divisor);
      assert.deepEqual(theirs.clipped, []);
      assert.ok(Math.abs(theirs.default - report.accuracy) <= 1, `${theirs.default} %, ${report.accuracy} % here`);
    });
  }

  for (const values of ['int8', 'codebook3']) {
    test(`a ResNet of ${values} values by all methods is smaller than the original`, () => {
      const model = join(models, 'mlperf-tiny/resnet8.onnx');
      const samples = join(SHARED, 'data/data/cifar10_test1000.npz');
      const { layers } = sepalJson('inspect', model);
      const settings = [
        { method: 'prune', nonzeros: 1500 },
        { method: 'separation', rank: 14, kept: 80 },
        { method: 'channel', rank: 14 },
        { method: 'low_rank', rank: 24 },
      ];
      /** @type {{ name: string, shape: number[] }[]} */
      const filters = layers.filter((/** @type {{ shape: number[] }} */ { shape }) => shape[2] === 3);
      const made = filters.slice(1).map(({ name }, index) => [name, settings[index % settings.length]]);
      const names = layers.map((/** @type {{ name: string }} */ layer) => layer.name);
      const stored = Object.fromEntries(names.map((/** @type {string} */ name) => [name, values]));
      const plan = planFile(`onnxout-resnet-${values}`, Object.fromEntries(made), { values: stored });
      const out = folder(`onnxout-resnet-${values}`);
      const calibration = join(SHARED, 'data/data/cifar10_calib200.npz');
      const how = ['--evaluation', samples, '--calibration', calibration];
      const report = sepalJson('compress', model, '--plan', plan, '--out', out, ...how);
      // 3 % are names that the original has.
      assert.ok(report.onnx.bytes < 0.15 * report.onnx.original_bytes, `${report.onnx.bytes} bytes`);
      const theirs = checked(join(out, 'resnet8-compressed.onnx'), samples);
      assert.ok(Math.abs(theirs.default - report.accuracy) < 0.21, `${theirs.default} %, ${report.accuracy} % here`);
    });
  }
});

describe('models of scikit-learn', { skip }, () => {
  const file = (/** @type {string} */ name) => join(SHARED, 'cases/scikit-learn', name);

  for (const [name, percent] of /** @type {[string, number][]} */ ([
    ['mlp-int', 99.67],
    ['mlp-int-nozip', 99.67],
  ])) {
    test(name, () => {
      const samples = file(`${name}.npz`);
      const { accuracy } = sepalJson('evaluate', file(`${name}.onnx`), '--evaluation', samples);
      assert.ok(Math.abs(accuracy - percent) < 0.01, `${accuracy} %`);
      const { layers } = sepalJson('inspect', file(`${name}.onnx`));
      assert.ok(layers.every((/** @type {{ methods: string[] }} */ layer) => layer.methods.length > 0));
      const plan = planFile(`onnxout-${name}`, { MatMul: { method: 'low_rank', rank: 4 } });
      const out = folder(`onnxout-${name}`);
      const report = sepalJson('compress', file(`${name}.onnx`), '--plan', plan, '--out', out, '--evaluation', samples);
      const again = sepalJson('evaluate', join(out, `${name}-compressed.onnx`), '--evaluation', samples);
      assert.equal(again.accuracy, report.accuracy);
    });
  }
});
