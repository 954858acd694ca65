/**
 * @file The cases of ../shared/cases that leave Sepal for a device or for TFLite: what the artifact's runtime and
 * LiteRT give is what is right, or the export is refused in words.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../../crate/wasm/command.mjs';
import { folder, planFile, sepal, sepalJson } from './sepal.mjs';
import { venv } from './venv.mjs';

const CASES = join(ROOT, '../shared/cases');
const skip = existsSync(CASES) ? false : '../shared/cases is not there';
const here = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));

/** Largest difference from what is right in float32, as a share of the largest value. */
const FLOAT_ERROR = 1e-5;
/** The same in 8 bits. */
const INT8_ERROR = 0.06;

/**
 * The values of a float32 .npy file.
 * @param {string} path
 */
function npy(path) {
  const bytes = readFileSync(path);
  const from = 10 + bytes.readUInt16LE(8);
  assert.match(bytes.toString('latin1', 10, from), /<f4/);
  return floats(bytes.subarray(from));
}

/** @param {Buffer} bytes */
function floats(bytes) {
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/**
 * The largest difference as a share of the largest value that is right.
 * @param {Float32Array} found
 * @param {Float32Array} right
 */
function relativeError(found, right) {
  assert.equal(found.length, right.length);
  const most = Math.max(...right.map(Math.abs));
  return Math.max(...found.map((value, index) => Math.abs(value - (right[index] ?? Number.NaN)))) / most;
}

/**
 * What the artifact of a model gives for samples, as real numbers.
 * @param {string} model
 * @param {string} samples
 * @param {'float' | 'int8'} precision
 */
function artifact(model, samples, precision) {
  const out = folder('cases-device');
  const calibration = precision === 'int8' ? ['--calibration', samples] : [];
  const how = ['--precision', precision, '--evaluation', samples, ...calibration, '--vectors', '1000'];
  sepalJson('export', model, '--out', out, ...how);
  const outputs = readFileSync(join(out, 'output.bin'));
  if (precision === 'float') {
    return floats(outputs);
  }
  const header = readFileSync(join(out, 'model.sepal'));
  const end = 32 + 24 * header.readUInt8(22);
  const [zero, scale] = [header.readInt8(end + 17), header.readFloatLE(end + 20)];
  return Float32Array.from(outputs, (byte) => scale * (((byte << 24) >> 24) - zero));
}

/** @type {{ name: string, right: string, model?: string, samples?: string, asIs?: boolean, tflite?: boolean }[]} */
const EXPORTED = [
  { name: 'average-pool-ceil', right: 'right-model-x.npy' },
  { name: 'tflite-int8-odd-sizes', right: 'right-model-x.npy' },
  { name: 'pad-1d-causal', right: 'right-model-x.npy' },
  { name: 'float16-to-device', right: 'right-model-x.npy' },
  { name: 'torch-view-chain', right: 'right-model-x.npy' },
  { name: 'keras-nhwc', right: 'right-model-x.npy', asIs: true },
];

describe('what is exported is right', { skip }, () => {
  /** @type {string} */
  let python;
  before(async () => {
    python = await venv(here('requirements.txt'));
  });

  for (const { name, right, asIs } of EXPORTED) {
    const file = (/** @type {string} */ inner) => join(CASES, name, inner);
    const [model, samples] = [file('model.onnx'), file('x.npz')];
    const wanted = () => npy(file(right));
    // float16 models were run in 16 bits.
    const slack = name === 'float16-to-device' ? 2e-3 : FLOAT_ERROR;

    test(`${name} on a device`, () => {
      assert.ok(relativeError(artifact(model, samples, 'float'), wanted()) <= slack);
      const error = relativeError(artifact(model, samples, 'int8'), wanted());
      assert.ok(error <= INT8_ERROR, `${error}`);
    });

    for (const precision of ['float', 'int8']) {
      test(`${name} as TFLite, ${precision}`, () => {
        const out = folder('cases-device');
        const plan = planFile('cases-device', {});
        const how = ['--plan', plan, '--out', out, '--tflite', precision, '--calibration', samples];
        const report = sepalJson('compress', model, ...how);
        const { agreement, difference } = report.tflite;
        // Of few samples none are held out.
        const told = report.held_out === 0 || agreement >= 75 || difference !== undefined;
        assert.ok(told, JSON.stringify(report.tflite));
        const args = ['--model', join(out, 'model-compressed.tflite'), '--samples', samples, '--outputs', file(right)];
        const found = JSON.parse(
          execFileSync(python, [here('tflite_check.py'), ...args, ...(asIs ? ['--as-is'] : [])], { encoding: 'utf8' }),
        );
        const error = found.litert.max_relative_error;
        assert.ok(error <= (precision === 'float' ? slack : INT8_ERROR), `${error}`);
      });
    }
  }

  for (const [name, measured] of [
    ['bare-reg', true],
    ['bare-reg2', false],
  ]) {
    test(`scikit-learn's ${name} on a device`, () => {
      const file = (/** @type {string} */ end) => join(CASES, 'scikit-learn', `${name}.${end}`);
      // The second gives two rows for each sample, which have no score.
      const samples = measured ? ['--evaluation', file('npz')] : [];
      const how = ['--precision', 'float', ...samples, '--out', folder('cases-device')];
      const { verified } = sepalJson('export', file('onnx'), ...how).device;
      assert.ok(!measured || verified.agreement.squaredError < 1e-8, JSON.stringify(verified));
    });
  }
});

describe('TFLite files of every size', () => {
  test('LiteRT opens them and agrees', async () => {
    const python = await venv(here('requirements.txt'));
    const out = folder('odd-sizes');
    const run = (/** @type {string} */ command) =>
      execFileSync(python, [here('odd_sizes.py'), command, out], { encoding: 'utf8' });
    run('make');
    const plan = planFile('odd-sizes', {});
    for (let size = 1; size <= 40; size += 1) {
      const [model, samples] = [join(out, `${size}.onnx`), join(out, `${size}.npz`)];
      sepalJson('compress', model, '--plan', plan, '--out', out, '--tflite', 'int8', '--calibration', samples);
      const [file, outputs] = [join(out, `${size}-compressed.tflite`), join(out, `${size}.npy`)];
      sepalJson('evaluate', file, '--evaluation', samples, '--outputs', outputs);
    }
    for (const [size, { steps, error, share }] of Object.entries(JSON.parse(run('check')))) {
      // Sepal computes on real numbers between the steps of the file: ties may fall to either side.
      const found = `${size}: ${JSON.stringify({ steps, error, share })}`;
      assert.ok(steps <= 1.01 && error <= INT8_ERROR && share <= 1, found);
    }
  });
});

describe('what is not right is refused', { skip }, () => {
  test('a Softmax over the batch', () => {
    const model = join(CASES, 'softmax-over-batch/model.onnx');
    const samples = join(CASES, 'softmax-over-batch/x.npz');
    const found = sepal('export', model, '--precision', 'float', '--out', folder('cases-device'));
    assert.equal(found.status, 1);
    assert.match(found.stderr, /Softmax 'y' \(it is not over all values of one sample\)/);
    const out = folder('cases-device');
    const how = ['--plan', planFile('cases-device', {}), '--out', out, '--tflite', 'int8', '--calibration', samples];
    assert.match(sepal('compress', model, ...how).stderr, /Softmax 'y'/);
  });
});

describe('a TFLite file with an operator that ONNX does not have', () => {
  const model = join(ROOT, 'tests/fixture/tflite/custom_operator.tflite');
  const out = folder('partial');
  const args = ['compress', model, '--plan', planFile('partial', {}), '--out', out];

  test('is not written as what no runtime can load', () => {
    const { status, stderr } = sepal(...args);
    assert.equal(status, 1);
    assert.match(stderr, /no runtime: ONNX does not have .+--partial/);
  });

  test('is written in part where that is asked for, and called so', () => {
    const report = sepalJson(...args, '--partial');
    assert.equal(report.partial.length, 1);
    assert.ok(existsSync(join(out, 'custom_operator-compressed-partial.onnx')));
    assert.match(sepal(...args, '--partial').stdout, /partial: no runtime can load the file/);
  });
});
