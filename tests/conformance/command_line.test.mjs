/**
 * @file The command line: keys, exit status, known accuracies on full test sets, and what the plain methods reach.
 */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ROOT } from '../../crate/wasm/command.mjs';
import { folder, MNIST, planFile, publicFile, sepal, sepalJson } from './sepal.mjs';

const MLP = publicFile('model/lenet-300-100.onnx');
const LENET = publicFile('model/lenet-5-caffe.onnx');
const MOTION = publicFile('model/watch-cnn.onnx');
const MOTION_FULL = join(ROOT, '../shared/data/data/watch_test.npz');

/**
 * @param {object} value
 * @param {string[]} keys
 */
function hasKeys(value, keys) {
  for (const key of keys) {
    assert.ok(key in value, `${key} is missing`);
  }
}

describe('keys that programs may rely on', () => {
  test('inspect', () => {
    const found = sepalJson('inspect', LENET);
    hasKeys(found, ['parameters', 'bytes', 'macs', 'layers']);
    hasKeys(found.layers[0], ['name', 'op', 'shape', 'parameters', 'bytes', 'macs', 'methods']);
    assert.equal(found.parameters, 431_080);
    assert.equal(found.bytes, 4 * 431_080);
    assert.equal(found.macs, 2_293_000);
    const conv2 = found.layers.find((/** @type {{ name: string }} */ layer) => layer.name === 'conv2');
    assert.deepEqual(conv2.shape, [50, 20, 5, 5]);
    assert.deepEqual(conv2.methods, ['low_rank', 'channel', 'dictionary', 'double_sparse', 'separation', 'prune']);
  });

  test('compress', () => {
    const args = ['--calibration', publicFile('sample/mnist-calibration.npz'), '--evaluation', MNIST];
    const out = folder('keys');
    const found = sepalJson('compress', MLP, '--out', out, '--method', 'low_rank', '--rank', '0.2', ...args);
    hasKeys(found, ['parameters', 'bytes', 'macs', 'base_bytes', 'base_macs', 'accuracy', 'base_accuracy', 'layers']);
    assert.deepEqual(JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')), found);
    assert.ok(found.agreement > 95 && found.agreement <= 100);
    assert.equal(readFileSync(join(out, 'lenet-300-100-compressed.onnx')).length, found.onnx.bytes);
  });

  test('a share of the rank is one of the full rank, as on the page', () => {
    // conv2 is 50 x 500: its full rank is 50, whatever ranks a method offers.
    for (const [method, rank] of /** @type {const} */ ([
      ['separation', 25],
      ['low_rank', 25],
    ])) {
      const found = sepalJson('compress', LENET, '--method', method, '--rank', '0.5', '--out', folder('share'));
      assert.equal(found.plan.layers.conv2.rank, rank, method);
    }
  });

  test('fit', () => {
    const out = folder('fit');
    const limits = ['--flash', '4235', '--macs', '300000', '--values', 'int8,codebook,codebook3'];
    const samples = ['--calibration', publicFile('sample/watch-calibration.npz')];
    const measure = ['--measure', publicFile('sample/watch-evaluation.npz')];
    const methods = ['--methods', 'low_rank,prune'];
    const found = sepalJson('fit', MOTION, '--out', out, ...limits, ...samples, ...measure, ...methods);
    hasKeys(found, ['bytes', 'macs', 'base_bytes', 'base_macs', 'accuracy', 'base_accuracy', 'agreement', 'seconds']);
    assert.ok(found.bytes <= 4235 && found.macs <= 300_000, `${found.bytes} bytes, ${found.macs} MACs`);
    assert.ok(found.accuracy >= found.base_accuracy - 2, `${found.accuracy} %`);
    assert.ok(found.limits.binding.length > 0);
    // The report is a plan file: with the same samples it gives the same model.
    const again = folder('fit-again');
    sepalJson('compress', MOTION, '--plan', join(out, 'report.json'), '--out', again, ...samples);
    const file = 'watch-cnn-compressed.onnx';
    assert.ok(readFileSync(join(out, file)).equals(readFileSync(join(again, file))));
  });

  test('evaluate', () => {
    const found = sepalJson('evaluate', MLP, '--evaluation', MNIST);
    hasKeys(found, ['metric', 'accuracy', 'samples', 'seconds']);
    assert.equal(found.metric, 'accuracy');
  });

  test('evaluate, without labels: agreement', () => {
    const images = join(folder('unlabelled'), 'images-idx3-ubyte');
    copyFileSync(MNIST, images);
    const found = sepalJson('evaluate', MLP, '--evaluation', images);
    assert.deepEqual([found.metric, found.value, found.samples], ['agreement', 100, 10_000]);
  });
});

describe('plot', () => {
  const golden = join(ROOT, 'crate/plot/tests/golden/trade_off');
  const svg = readFileSync(`${golden}.svg`, 'utf8').trim();

  test('prints the SVG', () => {
    assert.equal(sepal('plot', `${golden}.json`).stdout.trim(), svg);
  });

  test('writes it, and says where the data are', () => {
    const out = join(folder('plot'), 'chart.svg');
    const found = sepalJson('plot', `${golden}.json`, '--out', out);
    assert.equal(readFileSync(out, 'utf8').trim(), svg);
    assert.deepEqual(found.yRange, [0.5, 1]);
    hasKeys(found, ['svg', 'rect', 'xRange']);
  });
});

describe('accuracy on the full test sets', () => {
  test('LeNet-300-100 has 98.23 %', () => {
    assert.equal(sepalJson('evaluate', MLP, '--evaluation', MNIST).accuracy.toFixed(2), '98.23');
  });

  test('LeNet-5 has 99.22 %, with both files named', () => {
    const labels = MNIST.replace('images-idx3', 'labels-idx1');
    assert.equal(sepalJson('evaluate', LENET, '--evaluation', MNIST, labels).accuracy.toFixed(2), '99.22');
  });

  const absent = existsSync(MOTION_FULL) ? false : 'the full motion set lies beside the repository, not in it';
  test('the motion CNN has 84.72 %', { skip: absent }, () => {
    const found = sepalJson('evaluate', MOTION, '--evaluation', MOTION_FULL);
    assert.deepEqual([found.accuracy.toFixed(2), found.samples], ['84.72', 1145]);
  });
});

describe('what the plain methods reach without retraining', () => {
  test('truncated SVD at ranks 65 and 22 keeps 97 %', () => {
    const plan = planFile('svd', { fc1: { method: 'low_rank', rank: 65 }, fc2: { method: 'low_rank', rank: 22 } });
    const found = sepalJson('compress', MLP, '--plan', plan, '--out', folder('svd'), '--evaluation', MNIST);
    assert.equal(found.macs, (784 + 300) * 65 + (300 + 100) * 22 + 100 * 10);
    assert.ok(found.accuracy >= 97, `${found.accuracy} %`);
  });

  test('K-SVD at a tenth of the parameters keeps 95 %', () => {
    const plan = planFile('ksvd', {
      fc1: { method: 'dictionary', atoms: 39, nonzeros: 8 },
      fc2: { method: 'dictionary', atoms: 31, nonzeros: 8 },
    });
    const found = sepalJson('compress', MLP, '--plan', plan, '--out', folder('ksvd'), '--evaluation', MNIST);
    assert.ok(found.parameters <= 0.1 * found.model.parameters, `${found.parameters} parameters`);
    assert.ok(found.accuracy >= 95, `${found.accuracy} %`);
  });

  test("separation of LeNet-5's conv2 at K = 10 keeps 99.0 %", () => {
    const plan = planFile('separation', { conv2: { method: 'separation', rank: 10 } });
    const found = sepalJson('compress', LENET, '--plan', plan, '--out', folder('separation'), '--evaluation', MNIST);
    // 20 maps to 10 vertical filters over 8 x 12, then 10 to 50 horizontal ones over 8 x 8, instead of 1.6 M.
    assert.equal(found.base_macs - found.macs, 1_600_000 - (20 * 10 * 5 * 8 * 12 + 10 * 50 * 5 * 8 * 8));
    assert.ok(found.accuracy >= 99, `${found.accuracy} %`);
  });
});

describe('exit status 1 and one sentence', () => {
  const cut = join(folder('bad'), 'cut.onnx');
  writeFileSync(cut, readFileSync(MLP).subarray(0, 5000));
  const text = join(folder('bad'), 'text.onnx');
  writeFileSync(text, 'not a model\n');
  const noPlan = join(folder('bad'), 'plan.json');
  writeFileSync(noPlan, '{"layers": 3}');

  /** @type {[string, string[], RegExp][]} */
  const CASES = [
    ['a file that is not there', ['inspect', 'nowhere.onnx'], /no such file/],
    ['a model that was cut off', ['inspect', cut], /cut/],
    ['a text file', ['evaluate', text, '--evaluation', MNIST], /text file/],
    ['samples of another shape', ['evaluate', MOTION, '--evaluation', MNIST], /shape|input|fit/],
    ['a plan that is none', ['compress', MLP, '--plan', noPlan, '--out', folder('bad')], /plan/],
    ['a method that fits no layer', ['compress', MLP, '--method', 'separation', '--out', folder('bad')], /separation/],
    ['a fit without a limit', ['fit', MOTION, '--out', folder('bad')], /--flash/],
    ['a loss without samples', ['fit', MOTION, '--out', folder('bad'), '--max-loss', '1'], /--calibration/],
    ['a device that is none', ['fit', MOTION, '--out', folder('bad'), '--device', 'toaster'], /no device 'toaster'/],
    ['a limit that cannot be met', ['fit', MOTION, '--out', folder('bad'), '--flash', '90'], /the limit is 90/],
    ['a chart that is none', ['plot', noPlan], /chart/],
    ['a rank that is none', ['compress', MLP, '--method', 'low_rank', '--rank', '0', '--out', folder('bad')], /--rank/],
  ];
  for (const [name, args, expected] of CASES) {
    test(name, () => {
      const { status, stdout, stderr } = sepal(...args);
      assert.deepEqual([status, stdout], [1, '']);
      assert.match(stderr, expected);
      assert.equal(stderr.trim().split('\n').length, 1, stderr);
    });
  }

  test('arguments that are none', () => {
    assert.equal(sepal('compress', MLP).status, 1);
    assert.equal(sepal('--help').status, 0);
  });
});
