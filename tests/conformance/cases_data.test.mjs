/**
 * @file How data is read and interpreted: the failing cases of ../shared/cases, with their right values.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ROOT } from '../../crate/wasm/command.mjs';
import { folder, publicFile, sepal, sepalJson } from './sepal.mjs';

const CASES = join(ROOT, '../shared/cases');
const skip = existsSync(CASES) ? false : '../shared/cases is not there';
const at = (/** @type {string[]} */ ...path) => join(CASES, ...path);

/**
 * A float32 array as numpy writes it.
 * @param {string} path
 */
function npy(path) {
  const bytes = readFileSync(path);
  const length = bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', 10, 10 + length);
  assert.match(header, /'descr': '<f4', 'fortran_order': False/);
  const content = bytes.subarray(10 + length);
  return Array.from({ length: content.length / 4 }, (_, index) => content.readFloatLE(4 * index));
}

/**
 * What the model gives for the samples, with what is said of them.
 * @param {string} model
 * @param {string[]} args
 */
function outputs(model, ...args) {
  const path = join(folder('cases_data'), 'outputs.npy');
  const found = sepalJson('evaluate', model, '--outputs', path, '--evaluation', ...args);
  return { found, values: npy(path) };
}

/**
 * @param {number[]} values
 * @param {number[]} right
 */
function near(values, right, tolerance = 1e-4) {
  assert.equal(values.length, right.length);
  for (const [index, value] of right.entries()) {
    const off = Math.abs((values[index] ?? NaN) - value);
    assert.ok(off <= tolerance * (1 + Math.abs(value)), `value ${index} is ${values[index]}, not ${value}`);
  }
}

/** @param {string[]} args */
function refused(...args) {
  const { status, stderr } = sepal('evaluate', ...args);
  assert.equal(status, 1, stderr);
  return stderr;
}

describe('the type of the input states how values are scaled', { skip }, () => {
  const model = at('uint8-input-scaled-inside', 'model.onnx');
  const samples = at('uint8-input-scaled-inside', 'xy.npz');
  const unlabelled = at('uint8-input-scaled-inside', 'x.npz');
  const right = () => npy(at('uint8-input-scaled-inside', 'right-model-x.npy'));

  test('for samples with and without labels', () => {
    const labelled = outputs(model, samples);
    assert.equal(labelled.found.accuracy, 100);
    near(labelled.values, right());
    const { found, values } = outputs(model, unlabelled);
    near(values, right());
    assert.equal(found.scaling, 'values as they are');
    assert.match(found.note, /takes uint8/);
  });

  test('for calibration samples', () => {
    const args = ['--method', 'keep', '--values', 'int8', '--calibration', unlabelled, '--evaluation', samples];
    const found = sepalJson('compress', model, '--out', folder('cases_data'), ...args);
    assert.equal(found.base_accuracy, 100);
    assert.equal(found.accuracy, 100);
  });
});

describe('one output is a probability or a logit', { skip }, () => {
  const samples = at('one-logit', 'xy.npz');

  for (const [name, threshold] of /** @type {const} */ ([
    ['logit', 0],
    ['tanh', 0],
    ['sigmoid', 0.5],
  ])) {
    test(`${name} has 98 %`, () => {
      const { found, values } = outputs(at('one-logit', `${name}.onnx`), samples);
      assert.equal(found.accuracy, 98);
      assert.equal(found.preprocessing.threshold, threshold);
      assert.match(found.note, threshold === 0 ? /is a logit/ : /is a probability/);
      near(values, npy(at('one-logit', `right-${name}-xy.npy`)));
    });
  }

  test('what is said counts', () => {
    const found = sepalJson(
      'evaluate',
      at('one-logit', 'logit.onnx'),
      '--evaluation',
      samples,
      '--preprocess',
      'threshold=0.5',
    );
    assert.equal(found.accuracy, 75.5);
  });

  test('the compressed model and the artifact are judged alike', () => {
    const args = ['--calibration', samples, '--evaluation', samples];
    const out = folder('cases_data_logit');
    const model = at('one-logit', 'logit.onnx');
    const found = sepalJson('compress', model, '--out', out, '--method', 'keep', '--values', 'int8', ...args);
    assert.ok(found.accuracy >= 97 && found.base_accuracy === 98, `${found.accuracy} of ${found.base_accuracy}`);
    const exported = sepalJson('export', model, '--out', join(out, 'a.zip'), ...args);
    const { verified } = exported.device;
    const share = (/** @type {{ correct: number, samples: number }} */ { correct, samples: all }) => correct / all;
    assert.ok(share(verified.score) >= 0.97, JSON.stringify(verified.score));
    assert.ok(share(verified.agreement) >= 0.97, JSON.stringify(verified.agreement));
  });
});

describe('labels that count from 1', { skip }, () => {
  test('are those from 0, whatever scaling is guessed', () => {
    const mnist = at('labels-from-1', 'mnist-from-1.npz');
    const found = sepalJson('evaluate', publicFile('model/lenet-300-100.onnx'), '--evaluation', mnist);
    assert.ok(found.accuracy >= 97.9, `${found.accuracy} %`);
    assert.match(found.note, /Labels count from 1 to 10/);
    assert.equal(found.preprocessing.firstLabel, 1);
    const bytes = at('uint8-input-scaled-inside', 'model.onnx');
    assert.equal(sepalJson('evaluate', bytes, '--evaluation', at('labels-from-1', 'xy1.npz')).accuracy, 100);
  });

  test('what is said counts', () => {
    const model = at('uint8-input-scaled-inside', 'model.onnx');
    const samples = at('labels-from-1', 'xy1.npz');
    const found = sepalJson('evaluate', model, '--evaluation', samples, '--preprocess', 'first-label=0');
    assert.ok(found.accuracy < 50);
    assert.match(found.warning, /Labels go up to 4, but the model gives 4 classes/);
  });
});

test('every pixel has a class of its own', { skip }, () => {
  const { found, values } = outputs(at('class-per-pixel', 'model.onnx'), at('class-per-pixel', 'xy.npz'));
  assert.equal(found.accuracy, 100);
  assert.equal(found.samples, 60);
  assert.match(found.note, /\[6, 6\] give each of the 36 positions of the output \[2, 6, 6\] a class/);
  near(values, npy(at('class-per-pixel', 'right-model-xy.npy')));
  const { stdout } = sepal(
    'evaluate',
    at('class-per-pixel', 'model.onnx'),
    '--evaluation',
    at('class-per-pixel', 'xy.npz'),
  );
  assert.match(stdout, /2160 of 2160 positions, 36 in each of 60 samples, right/);
});

test('three signals are no colours', { skip }, () => {
  const model = at('three-axes-are-no-picture', 'model.onnx');
  for (const name of ['x', 'x-last', 'x2', 'x4']) {
    const said = refused(model, '--evaluation', at('three-axes-are-no-picture', `${name}.npz`));
    assert.match(said, /a sample has \d+ values \(shape \[\d+, \d+\]\), the model's input needs 16/, name);
  }
});

test('arrays go to the inputs that their names mean', { skip }, () => {
  for (const name of ['x', 'nocolon', 'under', 'short']) {
    const { values } = outputs(at('input-names-with-slash', 'model.onnx'), at('input-names-with-slash', `${name}.npz`));
    near(values, npy(at('input-names-with-slash', 'right.npy')));
  }
  const { values } = outputs(at('input-names-by-case', 'model.onnx'), at('input-names-by-case', 'x.npz'));
  near(values, npy(at('input-names-by-case', 'right.npy')));
});

test('samples that are no numbers are named with their file and array', { skip }, () => {
  const model = at('calibration-that-barely-varies', 'model.onnx');
  for (const name of ['nan', 'inf']) {
    const samples = at('calibration-that-barely-varies', `${name}.npz`);
    const expected = new RegExp(`${name}.npz cannot be used: array x holds \\d+ values? that (is|are) NaN, infinite`);
    assert.match(refused(model, '--evaluation', samples), expected);
    const args = ['--out', folder('cases_data'), '--method', 'low_rank', '--calibration', samples];
    const { status, stderr } = sepal('compress', model, ...args);
    assert.equal(status, 1);
    assert.match(stderr, expected);
  }
});

describe('recordings', { skip }, () => {
  /**
   * The values in the middle that raw.onnx gives, one in ten of 400.
   * @param {string} path
   * @param {(data: Buffer, index: number) => number} value
   * @param {number} each
   */
  const middle = (path, value, each) => {
    const bytes = readFileSync(path);
    const data = bytes.subarray(bytes.indexOf('data') + 8);
    const from = Math.floor((data.length / each - 400) / 2);
    return Array.from({ length: 40 }, (_, index) => value(data, (from + 10 * index) * each));
  };
  /** @type {Record<string, [number, (data: Buffer, index: number) => number]>} */
  const forms = {
    ext24in32: [4, (data, at32) => data.readInt32LE(at32) / 2 ** 31],
    float64: [8, (data, at64) => data.readDoubleLE(at64)],
    'odd-junk': [2, (data, at16) => data.readInt16LE(at16) / 2 ** 15],
    streamed: [2, (data, at16) => data.readInt16LE(at16) / 2 ** 15],
  };
  for (const [name, [each, value]] of Object.entries(forms)) {
    test(name, () => {
      const { values } = outputs(at('wav-forms', 'raw.onnx'), at('wav-forms', name));
      const right = ['no', 'yes'].flatMap((kind) => middle(at('wav-forms', name, kind, 'a.wav'), value, each));
      near(values, right, 1e-6);
    });
  }
});

test('an operator that reads steps first says which axis counts samples', { skip }, () => {
  // onnxruntime, one sample at a time: the first and the last.
  const right = {
    x: [2.2648156, -2.3659532, 0.28663027, -0.43978983, 2.0512853, -2.5892317, 0.4379981, -1.2131238],
    x4: [2.2648156, -2.3659532, 0.28663027, -0.43978983, 2.0512853, -2.5892317, 0.4379981, -1.2131238],
    xseq: [2.3837261, -2.3837717, 0.23358782, -0.64828175, 2.2449749, -2.83557, -0.0141972, -0.6335418],
  };
  for (const [name, expected] of Object.entries(right)) {
    const { found, values } = outputs(at('time-first', 'model.onnx'), at('time-first', `${name}.npz`));
    assert.equal(values.length, 160);
    near([...values.slice(0, 4), ...values.slice(-4)], expected);
    assert.match(found.note, /steps first and samples along axis 1/);
    assert.equal(/Samples lie along axis 1 of array x/.test(found.note), name === 'xseq');
    assert.equal(found.preprocessing.batchAxis, 1);
    // What is said counts, and needs no note.
    const said = outputs(
      at('time-first', 'model.onnx'),
      at('time-first', `${name}.npz`),
      '--preprocess',
      'batch-axis=1',
    );
    near(said.values, values);
    assert.doesNotMatch(said.found.note ?? '', /steps first/);
  }
});

test('labels in words do not keep a model from being run', { skip }, () => {
  const found = sepalJson(
    'evaluate',
    at('scikit-learn', 'bare-mlp-str.onnx'),
    '--evaluation',
    at('scikit-learn', 'bare-mlp-str.npz'),
  );
  assert.ok(Math.abs(found.accuracy - 99.666667) < 1e-3, `${found.accuracy} %`);
});
