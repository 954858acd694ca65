/**
 * @file Artifacts of models that are not ours, from ../shared/data: in float32 they choose as the float model does,
 * and in 8 bits nearly so. Where the folder is missing, the test says so.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ROOT } from '../../crate/wasm/command.mjs';
import { folder, sepal, sepalJson } from './sepal.mjs';

const SHARED = join(ROOT, '../shared/data');
const skip = existsSync(SHARED) ? false : '../shared/data is not there';

/** Points of accuracy that 8 bits may cost. */
const INT8_POINTS = 1;

/** @type {{ model: string, evaluation: string, calibration?: string }[]} */
const MODELS = [
  { model: 'default/fsdd-dscnn.onnx', evaluation: 'fsdd_test.npz' },
  { model: 'default/fsdd-dscnn-bn.onnx', evaluation: 'fsdd_test.npz' },
  { model: 'exporters/fsdd-dscnn-torchscript.onnx', evaluation: 'fsdd_test.npz' },
  { model: 'exporters/watch-cnn-torch215-inline.onnx', evaluation: 'watch_test.npz' },
  { model: 'mlperf-tiny/resnet8.onnx', evaluation: 'cifar10_test1000.npz', calibration: 'cifar10_calib200.npz' },
];

/** @param {{ samples: number, correct: number }} score */
function percent({ samples, correct }) {
  return (100 * correct) / samples;
}

describe('artifacts of other models', { skip }, () => {
  for (const { model, evaluation, calibration } of MODELS) {
    const file = join(SHARED, 'models', model);
    const how = ['--out', folder('export'), '--evaluation', join(SHARED, 'data', evaluation)];

    test(`${model} in float32`, () => {
      const { device } = sepalJson('export', file, '--precision', 'float', ...how);
      assert.ok(percent(device.verified.agreement) >= 99.9, JSON.stringify(device.verified));
    });

    if (calibration !== undefined) {
      test(`${model} in 8 bits`, () => {
        const report = sepalJson('export', file, '--calibration', join(SHARED, 'data', calibration), ...how);
        const lost = report.base_accuracy - percent(report.device.verified.score);
        assert.ok(lost <= INT8_POINTS, `${lost} points`);
      });
    }
  }

  test('all operators that the runtime lacks are named at once', () => {
    const file = join(ROOT, 'tests/fixture/model/attention.onnx');
    const { status, stderr } = sepal('export', file, '--precision', 'float', '--out', folder('export'));
    assert.equal(status, 1);
    assert.match(stderr, /MatMul 'scores' .*Softmax 's' .*MatMul 'mix' /);
    assert.equal(stderr.trim().split('\n').length, 1);
  });
});
