/**
 * @file Published kinds of files that the float engine computed wrongly, or that were refused for an untrue reason
 * (../shared/cases): right values, or a refusal that names node, reason and what to do.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ROOT } from '../../crate/wasm/command.mjs';
import { folder, planFile, sepal, sepalJson } from './sepal.mjs';

const CASES = join(ROOT, '../shared/cases');
const skip = existsSync(CASES) ? false : '../shared/cases is not there';

/**
 * The numbers of a .npy file of float32, in the order in which they are stored.
 * @param {string} path
 */
function numbers(path) {
  const bytes = readFileSync(path);
  const start = 10 + bytes.readUInt16LE(8);
  assert.match(bytes.toString('latin1', 10, start), /'descr': '<f4'.*'fortran_order': False/);
  return Array.from({ length: (bytes.length - start) / 4 }, (_, index) => bytes.readFloatLE(start + 4 * index));
}

/**
 * How far the outputs are from the right ones at most.
 * @param {string} name of the case
 * @param {string} model its file
 * @param {string} samples their file
 * @param {string} right values
 */
function distance(name, model, samples, right) {
  const outputs = join(folder(`cases-${name}`), 'outputs.npy');
  sepalJson('evaluate', join(CASES, name, model), '--evaluation', join(CASES, name, samples), '--outputs', outputs);
  const [found, expected] = [numbers(outputs), numbers(join(CASES, name, right))];
  assert.equal(found.length, expected.length);
  return found.reduce((most, value, index) => Math.max(most, Math.abs(value - (expected[index] ?? Number.NaN))), 0);
}

/**
 * What inspect and evaluate say against a model: both must say it.
 * @param {string} name of the case
 */
function refusal(name) {
  const model = join(CASES, name, 'model.onnx');
  const { problems, evaluation } = sepalJson('inspect', model);
  const [problem] = problems.filter((/** @type {{ effect: string }} */ one) => one.effect === 'evaluation');
  const { status, stderr } = sepal('evaluate', model, '--evaluation', join(CASES, name, 'x.npz'));
  assert.equal(status, 1);
  assert.ok(stderr.includes(evaluation) && evaluation.includes(problem.reason), stderr);
  return problem;
}

describe('right values', { skip }, () => {
  test('a softmax of opset 7 works on all behind its axis', () => {
    const name = 'softmax-before-opset-13';
    assert.ok(distance(name, 'model.onnx', 'x.npz', 'right-model-x.npy') < 1e-6);
    const scored = sepalJson('evaluate', join(CASES, name, 'model.onnx'), '--evaluation', join(CASES, name, 'xy.npz'));
    assert.equal(scored.accuracy, 100);
  });

  test('what moves quantised values gives them to the bit', () => {
    const name = 'qoperator-maxpool';
    assert.equal(distance(name, 'model.onnx', 'x.npz', 'right-model-x.npy'), 0);
    assert.ok(distance(name, 'float.onnx', 'x.npz', 'right-float-x.npy') < 1e-5);
  });

  test('a model with quantised pools is compressed and exported', () => {
    const name = 'qoperator-maxpool';
    const [model, samples] = [join(CASES, name, 'model.onnx'), join(CASES, name, 'x.npz')];
    const plan = planFile(`cases-${name}`, { fc1_quant: { method: 'prune', nonzeros: 400 } });
    const out = folder(`cases-${name}-out`);
    const made = sepalJson('compress', model, '--plan', plan, '--out', out, '--calibration', samples);
    assert.ok(made.macs < made.base_macs);
    const exported = sepal('export', model, '--out', join(out, 'package'), '--calibration', samples);
    assert.equal(exported.status, 0, exported.stderr);
  });

  test('an If that reads outer values', () => {
    assert.ok(distance('if-in-graph', 'model.onnx', 'x.npz', 'right-model-x.npy') < 1e-5);
    const { problems } = sepalJson('inspect', join(CASES, 'if-in-graph', 'model.onnx'));
    assert.deepEqual(
      problems.map((/** @type {{ op: string, node: string }} */ { op, node }) => [op, node]),
      [['If', 'if']],
    );
  });

  test('weights in a folder below the model', () => {
    const place = join(CASES, 'external-data-in-subfolder/subfolder');
    const scored = sepalJson('evaluate', join(place, 'model.onnx'), '--evaluation', join(place, 'x.npz'));
    assert.equal(scored.metric, 'agreement');
  });

  test('biases whose stated axis is that of the weights', () => {
    const { evaluation, layers } = sepalJson('inspect', join(CASES, 'tflite-bias-axis/person_detect.tflite'));
    assert.deepEqual([evaluation, layers.length], [null, 28]);
  });
});

describe('refusals', { skip }, () => {
  test('sequences that end early', () => {
    const { node, op, reason } = refusal('lstm-sequence-lengths');
    assert.deepEqual([node, op], ['lstm', 'LSTM with its sequence_lens']);
    assert.match(reason, /export it without sequence_lens/);
  });

  test('cubic interpolation', () => {
    const { node, op, reason } = refusal('resize-cubic');
    assert.deepEqual([node, op], ['up', 'Resize']);
    assert.match(reason, /export it with mode linear or nearest/);
  });
});
