/**
 * @file What must not end a run, and what must not be mixed up: samples that meet in a batch are run one at a time,
 * outputs that are not numbers are counted and never chosen, and neither a panic of a library nor a closed pipe ends
 * the program with anything but a sentence, or none.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../../crate/wasm/command.mjs';
import { programPath } from '../host.mjs';
import { folder, planFile, publicFile, sepal, sepalJson } from './sepal.mjs';
import { venv } from './venv.mjs';

const CASES = join(ROOT, '../shared/cases');
const MODELS = join(ROOT, 'tests/fixture/model');
const skip = existsSync(CASES) ? false : '../shared/cases is not there';
/** Largest difference of outputs, as a share of the largest. */
const ERROR = 1e-5;

/** Largest difference of two .npy files as a share of the largest value, and whether they are NaN in the same places. */
const COMPARE = `
import sys, numpy as np
a, b = (np.load(p).astype(np.float64) for p in sys.argv[1:])
b = b.reshape(a.shape)
finite = np.isfinite(a)
same = bool((finite == np.isfinite(b)).all())
off = float(np.abs(a - b)[finite].max() / max(np.abs(a[finite]).max(), 1e-9)) if finite.any() else 0.0
print(off if same else "nan")
`;
/** onnxruntime without optimisation, one sample at a time. */
const ALONE = `
import sys, numpy as np, onnxruntime as ort
options = ort.SessionOptions()
options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
session = ort.InferenceSession(sys.argv[1], options)
x = np.load(sys.argv[2])
np.save(sys.argv[3], np.concatenate([session.run(None, {"x": one[None]})[0].reshape(1, -1) for one in x]))
`;
/** Samples of the shape of a model's: of all sizes and signs, the first one zeros, and classes in the second file. */
const SAMPLES = `
import sys, numpy as np
shape = [int(size) for size in sys.argv[2].split("x")]
x = np.random.default_rng(0).standard_normal([240, *shape]).astype(np.float32)
x *= np.array([0.0, 1.0, 30.0, 0.01], np.float32)[np.arange(240) % 4].reshape(-1, *([1] * len(shape)))
np.save(sys.argv[1], x)
np.savez(sys.argv[1].replace(".npy", ".npz"), x=x, y=np.arange(240) % 4)
`;

let python = '';
before(async () => {
  python = await venv(fileURLToPath(new URL('requirements.txt', import.meta.url)));
});
/** @param {string[]} args */
const ask = (...args) => execFileSync(python, ['-c', ...args], { encoding: 'utf8' }).trim();

/**
 * Our outputs for the samples, next to right ones.
 * @param {string} model
 * @param {string} samples
 * @param {string} right
 */
function check(model, samples, right) {
  const outputs = join(folder('cases-robust'), 'outputs.npy');
  const said = sepalJson('evaluate', model, '--evaluation', samples, '--preprocess', 'scale=1', '--outputs', outputs);
  const off = Number(ask(COMPARE, right, outputs));
  assert.ok(off <= ERROR, `${model}: off by ${off}`);
  return said;
}

/**
 * Samples for a fixture, and what onnxruntime says of each alone.
 * @param {string} name
 */
function prepared(name) {
  const model = join(MODELS, `${name}.onnx`);
  const shape = sepalJson('inspect', model).inputs[0].shape.slice(1).join('x');
  const samples = join(folder('cases-robust'), `${name}-x.npy`);
  const right = join(folder('cases-robust'), `${name}-right.npy`);
  ask(SAMPLES, samples, shape);
  ask(ALONE, model, samples, right);
  return { model, samples, labelled: samples.replace('.npy', '.npz'), right };
}

describe('samples that meet in a batch', () => {
  const CASE = join(CASES, 'samples-mix-in-a-batch');

  test('the case: 100 % as one sample at a time', { skip }, () => {
    const model = join(CASE, 'model.onnx');
    const said = check(model, join(CASE, 'xy.npz'), join(CASE, 'right-model-xy.npy'));
    assert.equal(said.accuracy, 100);
    assert.match(said.notes.join(' '), /run by itself/u);
    assert.match(sepal('inspect', model).stdout, /change each other's outputs, so each is run by itself/u);
  });

  test('a changed model, and agreement with it, too', { skip }, () => {
    const args = ['--calibration', join(CASE, 'x.npz'), '--evaluation', join(CASE, 'xy.npz')];
    const plan = planFile('cases-robust/plan', { fc: { method: 'prune', nonzeros: 110 } }, { fit: 'calibrated' });
    const out = folder('cases-robust/out');
    const said = sepalJson('compress', join(CASE, 'model.onnx'), '--plan', plan, '--out', out, ...args);
    assert.equal(said.base_accuracy, 100);
    assert.match(said.notes.join(' '), /run by itself/u);
    // The file that is written keeps its batch axis: run alone, its samples score the same.
    const again = sepalJson('evaluate', join(out, 'model-compressed.onnx'), '--evaluation', join(CASE, 'xy.npz'));
    assert.equal(again.accuracy, said.accuracy);
  });

  for (const name of ['standard', 'centred', 'shares', 'largest', 'alone', 'across']) {
    test(name, () => {
      const { model, samples, right } = prepared(`mix-${name}`);
      const said = check(model, samples, right);
      assert.match(said.notes.join(' '), /run by itself/u);
    });
  }
});

describe('a product that another list is added to', () => {
  test('the case', { skip }, () => {
    const own = join(CASES, 'matmul-plus-longer-add');
    check(join(own, 'model.onnx'), join(own, 'x.npz'), join(own, 'right-model-x.npy'));
  });

  for (const name of ['wider', 'wider-first', 'narrower', 'scaled']) {
    test(name, () => {
      const { model, samples, right } = prepared(`sum-${name}`);
      check(model, samples, right);
    });
  }
});

describe('outputs that are not numbers', () => {
  for (const name of ['logarithms', 'quotients', 'overflowing']) {
    test(name, () => {
      const { model, samples, labelled, right } = prepared(`nan-${name}`);
      check(model, samples, right);
      const one = name === 'overflowing';
      const read = ['--preprocess', 'scale=1', '--preprocess', `metric=${one ? 'error' : 'accuracy'}`];
      const said = sepalJson('evaluate', model, '--evaluation', labelled, ...read);
      assert.ok(said.undefined > 0 && said.undefined < said.samples, `${said.undefined} of ${said.samples}`);
      assert.ok(Number.isFinite(said.value), 'the rest has a value');
      const { stdout } = sepal('evaluate', model, '--evaluation', labelled, ...read);
      assert.match(stdout, new RegExp(`not a number in ${said.undefined} samples`, 'u'));
      assert.doesNotMatch(stdout, /NaN|inf\b/u);
    });
  }

  test('they are in the report, and agree with nothing', () => {
    const { model, samples, labelled } = prepared('nan-logarithms');
    const plan = planFile('cases-robust/nan', { dense: { method: 'prune', nonzeros: 20 } });
    const out = folder('cases-robust/nan');
    const args = ['--calibration', samples, '--evaluation', labelled, '--preprocess', 'scale=1', '--out', out];
    const said = sepalJson('compress', model, '--plan', plan, ...args);
    assert.ok(said.undefined > 0 && said.base_undefined > 0 && said.agreement_undefined > 0);
    assert.ok(
      said.agreement <= (100 * (said.agreement_samples - said.agreement_undefined)) / said.agreement_samples + 1e-9,
    );
    const { stdout } = sepal('compress', model, '--plan', plan, ...args);
    assert.match(stdout, /the output is not a number in \d+ samples/u);
    assert.deepEqual(JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')).undefined, said.undefined);
  });

  test('no number in any sample', () => {
    const { model } = prepared('nan-logarithms');
    const zeros = join(folder('cases-robust'), 'zeros.npz');
    ask('import sys, numpy as np; np.savez(sys.argv[1], x=np.zeros([5, 6], "f4"), y=np.ones([5, 4], "f4"))', zeros);
    const said = sepalJson('evaluate', model, '--evaluation', zeros, '--preprocess', 'metric=error');
    assert.deepEqual([said.value, said.undefined, said.samples], [null, 5, 5]);
    assert.match(
      sepal('evaluate', model, '--evaluation', zeros, '--preprocess', 'metric=error').stdout,
      /not a number in 5 samples/u,
    );
  });
});

describe('the command line', () => {
  test('a pipe that is closed ends it quietly', { skip: process.platform === 'win32' }, () => {
    const program = programPath();
    const run = (/** @type {string} */ command) =>
      spawnSync('bash', ['-c', `set -o pipefail; ${command}`], { encoding: 'utf8', cwd: ROOT });
    const inspect = `${program} inspect ${publicFile('model/lenet-5-caffe.onnx')}`;
    for (const command of [`${inspect} | true`, `${inspect} --json | head -c 1`, `${program} --help | true`]) {
      const { stderr, status } = run(command);
      assert.deepEqual([status, stderr], [0, ''], command);
    }
    // An error that nobody reads is still one.
    assert.deepEqual(run(`${program} inspect nothing.onnx 2>&-`).status, 1);
  });

  test('a damaged file, no samples, one sample: a sentence each', () => {
    const own = folder('cases-robust');
    const write = (/** @type {string} */ name, /** @type {string} */ code) => {
      const path = join(own, name);
      ask(`import sys, numpy as np; np.savez(sys.argv[1], ${code})`, path);
      return path;
    };
    const model = join(MODELS, 'mix-centred.onnx');
    writeFileSync(join(own, 'cut.onnx'), readFileSync(model).subarray(0, 300));
    const none = write('none.npz', 'x=np.zeros([0, 6], "f4"), y=np.zeros([0], "i8")');
    const one = write('one.npz', 'x=np.ones([1, 6], "f4"), y=np.zeros([1], "i8")');
    for (const args of [
      ['inspect', join(own, 'cut.onnx')],
      ['evaluate', model, '--evaluation', none],
      ['compress', model, '--plan', planFile('cases-robust/empty', {}), '--out', own, '--calibration', none],
    ]) {
      const { status, stderr } = sepal(...args);
      assert.equal(status, 1, args.join(' '));
      assert.match(stderr, /^sepal: [^\n]+\n$/u);
      assert.doesNotMatch(stderr, /fault of Sepal|panick/u);
    }
    assert.equal(sepalJson('evaluate', model, '--evaluation', one).samples, 1);
  });
});
