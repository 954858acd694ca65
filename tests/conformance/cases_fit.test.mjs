/**
 * @file Honest figures of a fit: what is stated is measured on samples that had no part in it, nothing that is not
 * finite is written, and what stays as it is says why.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { capture, ROOT } from '../../crate/wasm/command.mjs';
import { folder, planFile, publicFile, sepal, sepalJson } from './sepal.mjs';
import { venv } from './venv.mjs';

const CASES = join(ROOT, '../shared/cases');
const DATA = join(ROOT, '../shared/data');
const absent = existsSync(CASES) ? false : 'the cases lie beside the repository, not in it';
const noData = existsSync(DATA) ? false : 'models and data lie beside the repository, not in it';
const FLAT = join(CASES, 'calibration-that-barely-varies');
const MLP = publicFile('model/lenet-300-100.onnx');
const MOTION = publicFile('model/watch-cnn.onnx');
const CALIBRATION = publicFile('sample/watch-calibration.npz');
const EVALUATION = publicFile('sample/watch-evaluation.npz');

const PYTHON = await venv(join(ROOT, 'tests/conformance/requirements.txt'));

/** Writes the first 60 samples of a file. */
const FEW = `
import sys, numpy as np
given = dict(np.load(sys.argv[1]))
np.savez(sys.argv[2], **{**given, 'x': given['x'][:40]})
`;

/** Plans for the two layers of the case's model, one for each kind of fit. */
const PLANS = {
  low_rank: { method: 'low_rank', rank: 2 },
  dictionary: { method: 'dictionary', atoms: 3, nonzeros: 1 },
  prune: { method: 'prune', nonzeros: 30, block: 1 },
  keep: { method: 'keep' },
};

/** @param {string[]} files how many of the numbers in each are not finite, or far too large */
function wild(files) {
  const found = capture(PYTHON, [join(ROOT, 'tests/conformance/finite.py'), ...files]) ?? '';
  return found.trim().split('\n').map(Number);
}

/** @param {string[]} args @returns {string} the sentence with which it fails */
function fails(...args) {
  const { status, stderr } = sepal(...args);
  assert.equal(status, 1, stderr);
  return stderr;
}

describe('calibration samples that hardly vary', { skip: absent }, () => {
  const model = join(FLAT, 'model.onnx');
  /** @type {[string, RegExp | null][]} what is said of each set */
  const sets = [
    ['x', null],
    ['same', /hardly vary/],
    ['zeros', /hardly vary/],
    ['tiny', /hardly vary/],
    ['tiny2', /hardly vary/],
    ['one', /hardly vary.*too few to hold some out|too few to hold some out/s],
    ['big', null],
    ['sparse', null],
  ];
  for (const [name, said] of sets) {
    test(`${name}.npz: every weight that is written is a number of the size of weights`, () => {
      const { layers } = sepalJson('inspect', model);
      const files = [];
      for (const [method, setting] of Object.entries(PLANS)) {
        for (const fit of ['calibrated', 'sequential']) {
          const own = `flat-${name}-${method}-${fit}`;
          const all = Object.fromEntries(layers.map((/** @type {{ name: string }} */ { name }) => [name, setting]));
          const values = Object.fromEntries(Object.keys(all).map((layer) => [layer, 'int4']));
          const plan = planFile(own, all, { values, fit });
          const calibration = ['--calibration', join(FLAT, `${name}.npz`)];
          const found = sepalJson('compress', model, '--plan', plan, '--out', folder(own), ...calibration);
          files.push(join(folder(own), 'model-compressed.onnx'));
          const text = found.notes.join(' ');
          if (said) assert.match(text, said, own);
          else assert.doesNotMatch(text, /hardly vary/, own);
          assert.equal(found.held_out, name === 'one' ? 0 : 20);
          assert.equal(found.agreement_samples, name === 'one' ? null : 20);
          assert.ok(
            found.layers.every((/** @type {any} */ layer) => layer.reconstruction_error < 5),
            own,
          );
        }
      }
      assert.deepEqual(
        wild(files),
        files.map(() => 0),
      );
    });
  }

  test('all samples alike: that both models agree on them is warned of', () => {
    const calibration = ['--calibration', join(FLAT, 'same.npz')];
    const out = folder('flat-warned');
    const found = sepalJson('compress', model, '--method', 'keep', '--values', 'int8', '--out', out, ...calibration);
    assert.match(found.warnings.join(' '), /All 20 samples held out fall into class \d/);
  });

  test('a search by them gives a model that works', () => {
    for (const name of ['same', 'zeros', 'tiny2']) {
      const out = folder(`flat-fit-${name}`);
      const calibration = ['--calibration', join(FLAT, `${name}.npz`)];
      const found = sepalJson('fit', model, '--flash', '400', '--out', out, ...calibration);
      assert.ok(found.bytes <= 400);
      assert.match(found.notes.join(' '), /hardly vary/);
      assert.deepEqual(wild([join(out, 'model-compressed.onnx')]), [0]);
    }
  });

  test('what holds no numbers is never blamed on a layer', () => {
    for (const name of ['nan', 'inf']) {
      const out = folder(`flat-${name}`);
      const { status, stdout, stderr } = sepal(
        ...['compress', model, '--method', 'low_rank', '--out', out, '--calibration', join(FLAT, `${name}.npz`)],
      );
      assert.doesNotMatch(stderr, /layer '/, name);
      if (status === 0) assert.match(stdout, /beyond what float32 holds|not a number/, name);
    }
  });
});

describe('what is stated is measured on samples that had no part', () => {
  test('compress: a fifth of the calibration samples', () => {
    const args = ['--method', 'prune', '--sparsity', '0.9', '--calibration', CALIBRATION];
    const found = sepalJson('compress', MOTION, '--out', folder('held-out'), ...args);
    assert.deepEqual([found.held_out, found.calibration_samples, found.agreement_samples], [100, 400, 100]);
    assert.equal(found.chosen_by, null);
    const { stdout } = sepal('compress', MOTION, '--out', folder('held-out'), ...args);
    assert.match(stdout, /same class as the original on [\d.]+ % of 100 calibration samples not used/);
  });

  test('fit: samples that chose the plan are called so, and those of --measure are not', () => {
    const args = ['--flash', '5000', '--methods', 'prune', '--values', 'int8', '--calibration', CALIBRATION];
    const chosen = [...args, '--evaluation', EVALUATION];
    const found = sepalJson('fit', MOTION, '--out', folder('chosen'), ...chosen);
    assert.equal(found.chosen_by, 'evaluation');
    assert.match(sepal('fit', MOTION, '--out', folder('chosen'), ...chosen).stdout, /also chose the plan/);
    const apart = sepalJson('fit', MOTION, '--out', folder('apart'), ...chosen, '--measure', EVALUATION);
    assert.equal(apart.chosen_by, null);
    const unlabelled = sepalJson('fit', MOTION, '--out', folder('apart'), ...args, '--measure', EVALUATION);
    assert.equal(unlabelled.chosen_by, null);
  });

  const resnet = join(DATA, 'models/mlperf-tiny/resnet8.onnx');
  test('a fit that has ruined the model does not say that nothing is lost', { skip: noData }, () => {
    const limits = ['--flash', '32000', '--values', 'int8,int4,codebook,codebook3', '--fit', 'sequential'];
    const samples = ['--calibration', join(DATA, 'data/cifar10_calib200.npz')];
    const labels = ['--evaluation', join(DATA, 'data/cifar10_test1000.npz')];
    const found = sepalJson('fit', resnet, '--out', folder('resnet'), ...limits, ...samples, ...labels);
    assert.equal(found.agreement_samples, 40);
    const lost = found.base_accuracy - found.accuracy;
    assert.ok(100 - found.agreement > lost - 20, `${found.agreement} % agree, ${lost} points are lost`);
  });

  test('a loss above what was allowed is the first thing said', () => {
    // Judged by few samples, a plan is chosen that loses more on others.
    const few = join(folder('few'), 'few.npz');
    execFileSync(PYTHON, ['-c', FEW, CALIBRATION, few]);
    const args = ['--max-loss', '0.05', '--methods', 'prune', '--values', 'int4', '--calibration', few];
    const { status, stdout, stderr } = sepal('fit', MOTION, '--out', folder('few'), ...args, '--measure', EVALUATION);
    assert.equal(status, 0, stderr);
    const report = JSON.parse(readFileSync(join(folder('few'), 'report.json'), 'utf8'));
    const lost = report.base_accuracy - report.accuracy;
    assert.ok(lost > 0.05, `${lost} points are lost`);
    assert.match(stdout, /^LIMIT MISSED: [\d.]+ points of accuracy are lost on 1000 samples of --measure, 0.05 were/);
    const { max_loss, of, samples } = report.limit_missed;
    assert.deepEqual(
      [max_loss, of, samples, report.limit_missed.lost.toFixed(6)],
      [0.05, 'measure', 1000, lost.toFixed(6)],
    );
    // Without samples of their own, the ones held out say it.
    const alone = sepalJson('fit', MOTION, '--out', folder('few'), ...args);
    assert.equal(alone.limit_missed !== null, 100 - alone.agreement > 0.05);
    if (alone.limit_missed) assert.equal(alone.limit_missed.of, 'held_out');
  });
});

describe('notes and warnings are those of evaluate', () => {
  test('compress, fit and export repeat them', () => {
    const unlabelled = CALIBRATION;
    const told = sepalJson('evaluate', MOTION, '--evaluation', unlabelled);
    assert.match(told.note, /own answers/);
    const args = ['--evaluation', unlabelled, '--calibration', CALIBRATION];
    const compressed = sepalJson('compress', MOTION, '--method', 'prune', '--out', folder('told'), ...args);
    assert.ok(compressed.notes.some((/** @type {string} */ note) => told.note.includes(note)));
    const exported = sepalJson('export', MOTION, '--out', folder('told-export'), ...args);
    assert.ok(exported.notes.some((/** @type {string} */ note) => told.note.includes(note)));
    const fitted = sepalJson('fit', MOTION, '--flash', '9000', '--methods', 'keep', '--out', folder('told'), ...args);
    assert.ok(fitted.notes.some((/** @type {string} */ note) => told.note.includes(note)));
  });

  const labels = join(CASES, 'labels-from-1');
  test('a search by an accuracy near chance is refused', { skip: absent }, () => {
    const scale = ['--preprocess', 'scale=1', 'offset=-200'];
    const args = ['fit', MOTION, '--flash', '9000', '--methods', 'keep', '--out', folder('chance'), ...scale];
    const samples = ['--calibration', CALIBRATION, '--evaluation', EVALUATION];
    assert.match(fails(...args, ...samples), /no better than .* --anyway/);
    assert.equal(sepal(...args, ...samples, '--anyway').status, 0);
    assert.ok(existsSync(labels));
  });
});

describe('what stays as it is says why', () => {
  test('a method that fits no layer', () => {
    const out = folder('unfit');
    const sentence = fails('compress', MLP, '--method', 'separation', '--out', out);
    assert.match(sentence, /separation changes no layer of lenet-300-100.onnx: 'fc1', 'fc2', 'fc3': it has no filters/);
    const searched = fails('fit', MLP, '--methods', 'separation,channel', '--flash', '9000', '--out', out);
    assert.match(searched, /separation, channel can change no layer of lenet-300-100.onnx: 'fc1'.*no filters/);
    const only = fails('fit', MOTION, '--only', 'fc', '--methods', 'separation', '--flash', '9000', '--out', out);
    assert.match(only, /separation can change no layer of watch-cnn.onnx: 'fc': it has no filters/);
    const plan = planFile('unfit', { fc1: { method: 'separation', rank: 3 } });
    assert.match(fails('compress', MLP, '--plan', plan, '--out', out), /'fc1' cannot be set to .*it has no filters/);
  });

  test('a rank at which nothing gets smaller', () => {
    const sentence = fails('compress', MLP, '--method', 'low_rank', '--rank', '100000', '--out', folder('unfit'));
    assert.match(sentence, /'fc1': at low rank 300 it would take \d+ bytes, it has 942000/);
    assert.match(sentence, /'fc3': gives the model's answer/);
  });

  test('layers that cannot be read are not blamed on the rank', { skip: absent }, () => {
    for (const file of ['scikit-learn/mlp-int.onnx', 'qoperator-maxpool/model.onnx']) {
      const { status, stderr } = sepal('compress', join(CASES, file), '--method', 'low_rank', '--out', folder('unfit'));
      if (status !== 0) assert.doesNotMatch(stderr, /at this rank/);
    }
  });
});
