/**
 * @file Sizes that a model's file leaves open, and models with several outputs: what is taken from samples, what is
 * stated, what is called guessed; every output measured, and layers behind each of them.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ROOT } from '../../crate/wasm/command.mjs';
import { folder, planFile, sepal, sepalJson } from './sepal.mjs';

/** @param {string} name */
const fixture = (name) => join(ROOT, 'tests/fixture/model', `several-${name}.onnx`);

/** The same numbers without a pattern every time, from -1 to 1. @param {number} count @param {number} [seed] */
function scattered(count, seed = 1) {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** The bytes of a .npy file. @param {Float32Array | BigInt64Array} values @param {number[]} shape */
function npy(values, shape) {
  const kind = values instanceof Float32Array ? '<f4' : '<i8';
  const sizes = shape.map((size) => `${size},`).join(' ');
  const text = `{'descr': '${kind}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const header = `${text.padEnd(64 * Math.ceil((text.length + 11) / 64) - 11)}\n`;
  const start = Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), Buffer.alloc(2)]);
  start.writeUInt16LE(header.length, 8);
  return Buffer.concat([start, Buffer.from(header), Buffer.from(values.buffer)]);
}

/**
 * Writes an array into a test's folder.
 * @param {string} test
 * @param {string} name
 * @param {number[]} shape
 * @param {Float32Array | BigInt64Array} [values]
 */
function array(test, name, shape, values = scattered(shape.reduce((a, b) => a * b))) {
  const path = join(folder(`outputs-${test}`), `${name}.npy`);
  writeFileSync(path, npy(values, shape));
  return path;
}

/** Rows of a float32 array in a .npy file. @param {string} path */
function rows(path) {
  const bytes = readFileSync(path);
  const start = 10 + bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', 10, start);
  const [count = 0, width = 1] = (header.match(/\(([^)]*)\)/)?.[1] ?? '').split(',').map(Number);
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length));
  return Array.from({ length: count }, (_, row) => Array.from(values.slice(row * width, (row + 1) * width)));
}

/** @param {{ sizes: { name: string, size: number, assumed: boolean }[] }} found */
const sizesOf = ({ sizes }) => Object.fromEntries(sizes.map(({ name, size }) => [name, size]));

describe('sizes that the file leaves open', () => {
  test('are called guessed, and what follows from them is said to', () => {
    const found = sepalJson('inspect', fixture('lines'));
    assert.deepEqual(sizesOf(found), { height: 224, width: 224 });
    assert.ok(found.sizes.every((/** @type {{ assumed: boolean }} */ size) => size.assumed));
    assert.match(found.notes.join(' '), /Sizes guessed: height = 224, width = 224\. MACs, memory and device limits/);
    const device = found.problems.filter((/** @type {{ effect: string }} */ problem) => problem.effect === 'device');
    assert.match(device[0].reason, /64 Ki elements; this follows from guessed sizes .*--size/);
    assert.match(sepal('inspect', fixture('lines')).stdout, /Sizes guessed: height = 224/);
    const refused = sepal('export', fixture('lines'), '--out', folder('outputs-refused'), '--precision', 'float');
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /follows from guessed sizes \(height = 224, width = 224\).*--size/);
  });

  test('can be stated by axis or as a whole', () => {
    const asked = [['height=48', 'width=192'], ['x=1x3x48x192'], ['x[2]=48', 'x[3]=192']];
    const guessed = sepalJson('inspect', fixture('lines'));
    for (const sizes of asked) {
      const found = sepalJson('inspect', fixture('lines'), ...sizes.flatMap((size) => ['--size', size]));
      assert.deepEqual(found.inputs[0].shape, [1, 3, 48, 192]);
      assert.deepEqual([found.notes, found.problems], [[], []]);
      // conv: 23 x 95 places of 8 x 27, then 11 x 47 of 12 x 72, then 60.
      assert.equal(found.macs, 23 * 95 * 216 + 11 * 47 * 864 + 60);
      assert.ok(guessed.macs > 4 * found.macs);
    }
    const out = join(folder('outputs-stated'), 'lines.zip');
    const exported = sepal('export', fixture('lines'), '--out', out, '--precision', 'float', '--size', 'x=1x3x48x192');
    assert.equal(exported.status, 0, exported.stderr);
  });

  test('are refused where they do not fit the model', () => {
    for (const [size, said] of [
      ['depth=3', "no open size 'depth', but height, width"],
      ['x=3x48x192', "the size 'x[0]' is|'x\\[0\\]' is the number of samples"],
      ['x=1x4x48x192', "the size 'x\\[1\\]' is 3 in the model, not 4"],
      ['x=1x3x48', "the input 'x' has 4 axes"],
      ['height=0', '--size takes AXIS=N'],
      ['height', '--size takes AXIS=N'],
    ]) {
      const { status, stderr } = sepal('inspect', fixture('lines'), '--size', size ?? '');
      assert.equal(status, 1);
      assert.match(stderr, new RegExp(said ?? ''));
    }
  });

  test('are taken from samples', () => {
    for (const [name, shape, sizes] of /** @type {const} */ ([
      ['lines', [12, 3, 48, 192], 'height = 48, width = 192'],
      ['lines', [12, 48, 192, 3], 'height = 48, width = 192'],
      ['sequence', [12, 49, 10], 'steps = 49'],
      ['sequence', [12, 10, 49], 'steps = 49'],
      ['strict', [12, 7, 11], 'columns = 11, rows = 7|rows = 7, columns = 11'],
    ])) {
      const x = array(`taken-${name}`, `x${shape.join('x')}`, [...shape]);
      const found = sepalJson('evaluate', fixture(name), '--evaluation', x);
      assert.match(found.notes.join(' '), new RegExp(`^Sizes taken from the samples: (${sizes})\\.$`));
      assert.equal(found.samples, 12);
    }
    const out = join(folder('outputs-taken'), 'lines.zip');
    const x = array('taken', 'x', [40, 3, 48, 192]);
    const exported = sepal('export', fixture('lines'), '--out', out, '--calibration', x);
    assert.equal(exported.status, 0, exported.stderr);
    assert.match(exported.stdout, /Sizes taken from the samples: height = 48, width = 192/);
  });

  test('are taken of several inputs together', () => {
    const at = 'pair';
    const files = [array(at, 'left', [9, 21, 4]), array(at, 'right', [9, 21, 4])];
    const found = sepalJson('evaluate', fixture('pair'), '--evaluation', ...files);
    assert.match(found.notes.join(' '), /Sizes taken from the samples: length = 21\./);
    const other = [array(at, 'left', [9, 21, 4]), array(at, 'right', [9, 20, 4])];
    const { status, stderr } = sepal('evaluate', fixture('pair'), '--evaluation', ...other);
    assert.equal(status, 1);
    assert.match(stderr, /a sample of array .* values.*guessed sizes \(length = 224\)/);
  });

  test('stay as stated where samples differ', () => {
    const x = array('differ', 'x', [4, 3, 48, 192]);
    const args = ['--size', 'height=32', '--size', 'width=32'];
    const { status, stderr } = sepal('evaluate', fixture('lines'), '--evaluation', x, ...args);
    assert.equal(status, 1);
    assert.match(stderr, /the model's input needs 3072/);
  });
});

describe('models with several outputs', () => {
  const sides = (/** @type {string} */ at) => array(at, 'x', [200, 6]);

  test('count all layers and say which output is scored', () => {
    const found = sepalJson('inspect', fixture('heads'));
    const names = found.layers.map((/** @type {{ name: string }} */ layer) => layer.name);
    assert.deepEqual(names, ['trunk', 'kind.fc', 'box.fc1', 'box.fc2']);
    assert.equal(found.macs, 6 * 16 + 16 * 3 + 16 * 32 + 32 * 4);
    assert.equal(found.output, 'kind');
    assert.match(found.notes.join(' '), /Of its 3 outputs 'kind' is scored, the first one of real numbers; .*--output/);
    assert.equal(sepalJson('inspect', fixture('heads'), '--output', 'box').output, 'box');
    const { status, stderr } = sepal('inspect', fixture('heads'), '--output', 'bax');
    assert.equal(status, 1);
    assert.match(stderr, /no output 'bax', but class, kind, box/);
  });

  test('count layers behind an output that cannot be run', () => {
    const found = sepalJson('inspect', fixture('half'));
    assert.equal(found.evaluation, null);
    assert.equal(found.macs, 6 * 16 + 16 * 9);
    const scored = sepalJson('evaluate', fixture('half'), '--evaluation', sides('half'));
    assert.match(scored.outputs[1].reason, /cannot be run/);
    const out = folder('outputs-half');
    const plan = planFile('outputs-half', { trunk: { method: 'keep' } }, { values: { trunk: 'int8' } });
    sepalJson('compress', fixture('half'), '--plan', plan, '--out', out, '--calibration', sides('half'));
  });

  test('are evaluated at the output that is chosen', () => {
    const at = 'chosen';
    const x = sides(at);
    const give = (/** @type {string} */ output) => {
      const path = join(folder(`outputs-${at}`), `${output}-out.npy`);
      const args = ['--evaluation', x, '--output', output, '--outputs', path];
      const found = sepalJson('evaluate', fixture('heads'), ...args);
      return { rows: rows(path), found };
    };
    const [kind, box, chosen] = [give('kind'), give('box'), give('class')];
    assert.deepEqual(
      kind.found.outputs.map((/** @type {{ name: string, chosen: boolean }} */ o) => [o.name, o.chosen]),
      [
        ['kind', true],
        ['class', false],
        ['box', false],
      ],
    );
    const largest = kind.rows.map((row) => row.indexOf(Math.max(...row)));
    assert.deepEqual(chosen.rows.flat(), largest);
    assert.equal(box.rows[0]?.length, 4);
  });

  test('are measured each, and compressed behind each', () => {
    const at = 'each';
    const x = sides(at);
    const plan = planFile('outputs-each', { 'box.fc1': { method: 'low_rank', rank: 4 } }, { fit: 'sequential' });
    const out = folder('outputs-each');
    const args = ['--plan', plan, '--out', out, '--calibration', x, '--evaluation', x];
    const found = sepalJson('compress', fixture('heads'), ...args);
    const layer = found.layers.find((/** @type {{ name: string }} */ l) => l.name === 'box.fc1');
    assert.equal(layer.macs, 4 * (16 + 32));
    assert.ok(layer.output_error > 0, 'it was fitted to samples');
    const [kind, label, box] = found.outputs;
    assert.deepEqual([kind.name, kind.chosen, kind.metric, kind.value], ['kind', true, 'agreement', 100]);
    assert.deepEqual([label.name, label.metric, label.value], ['class', 'agreement', 100]);
    assert.deepEqual([box.name, box.chosen, box.metric], ['box', false, 'error']);
    assert.ok(box.value > 0 && box.value < box.spread, `${box.value} of ${box.spread}`);
    // The file has all outputs, and gives that difference.
    const give = (/** @type {string} */ model, /** @type {string} */ name) => {
      const path = join(out, name);
      sepalJson('evaluate', model, '--evaluation', x, '--output', 'box', '--outputs', path);
      return rows(path).flat();
    };
    const [before, after] = [
      give(fixture('heads'), 'before.npy'),
      give(join(out, 'several-heads-compressed.onnx'), 'after.npy'),
    ];
    const squared = before.reduce((sum, value, index) => sum + (value - (after[index] ?? 0)) ** 2, 0);
    assert.ok(Math.abs(Math.sqrt(squared / before.length) - box.value) < 1e-3 * box.value);
    const { stdout } = sepal('compress', fixture('heads'), ...args);
    assert.match(stdout, /output 'kind' \(3\), the scored one: /);
    assert.match(stdout, /output 'box' \(4\): root mean squared difference from the original .* % of its spread/);
  });

  test('are not ruined by a search that looks at one', () => {
    const at = 'search';
    const x = sides(at);
    const args = ['--calibration', x, '--flash', '2600', '--values', 'float', '--methods', 'low_rank,prune'];
    const found = sepalJson('fit', fixture('heads'), '--out', folder('outputs-search'), ...args);
    const box = found.outputs.find((/** @type {{ name: string }} */ output) => output.name === 'box');
    assert.ok(box.value < 0.5 * box.spread, `${box.value} of ${box.spread}`);
  });

  test('are one on a device, which is said', () => {
    const x = sides('device');
    const out = join(folder('outputs-device'), 'heads.zip');
    const { stdout, status, stderr } = sepal('export', fixture('heads'), '--out', out, '--calibration', x);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /a device gives 'kind'; the 2 other outputs of the model are left out: choose with --output/);
  });
});

describe('what is measured where nobody says', () => {
  test('as many outputs as inputs are an auto-encoder only if they are alike', () => {
    const x = array('alike', 'x', [200, 6]);
    const found = sepalJson('evaluate', fixture('lookalike'), '--evaluation', x);
    assert.equal(found.metric, 'agreement');
    assert.match(found.note, /not taken for an auto-encoder/);
    const labels = BigInt64Array.from({ length: 200 }, (_, index) => BigInt(index % 2));
    const labelled = [x, array('alike', 'y', [200], labels)];
    assert.equal(sepalJson('evaluate', fixture('lookalike'), '--evaluation', ...labelled).metric, 'accuracy');
    const mirror = join(ROOT, 'tests/fixture/model/mirror.onnx');
    const halves = scattered(100);
    // Four values of which the last two repeat the first two come back.
    const repeated = Float32Array.from({ length: 200 }, (_, at) => halves[2 * Math.floor(at / 4) + (at % 2)] ?? 0);
    const reconstructed = sepalJson('evaluate', mirror, '--evaluation', array('alike', 'm', [50, 4], repeated));
    assert.equal(reconstructed.metric, 'reconstruction');
    assert.match(reconstructed.note, /Taken for an auto-encoder, since/);
    const anomalies = join(ROOT, 'tests/fixture/data/anomalies.npz');
    assert.match(sepalJson('evaluate', mirror, '--evaluation', anomalies).note, /Taken for an auto-encoder, since/);
    const said = sepalJson(
      'evaluate',
      fixture('lookalike'),
      '--evaluation',
      x,
      '--preprocess',
      'metric=reconstruction',
    );
    assert.equal(said.metric, 'reconstruction');
  });

  test('boxes are no classes', () => {
    const x = array('boxes', 'x', [60, 8]);
    const found = sepalJson('evaluate', fixture('boxes'), '--evaluation', x);
    assert.equal(found.metric, 'error');
    assert.match(found.note, /Agreement compares classes, and .* 10 x 4 values .* the difference of the outputs/);
    const refused = sepal('evaluate', fixture('boxes'), '--evaluation', x, '--preprocess', 'metric=agreement');
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /agreement compares classes.*use metric=error/);
    const out = folder('outputs-boxes');
    const report = sepalJson(
      'compress',
      fixture('boxes'),
      '--method',
      'keep',
      '--values',
      'int8',
      '--out',
      out,
      '--calibration',
      x,
    );
    assert.equal(report.agreement, null);
    assert.ok(report.difference > 0);
  });

  test('one class for all samples is warned of', () => {
    const x = array('wake', 'x', [60, 6]);
    const found = sepalJson('evaluate', fixture('wake'), '--evaluation', x);
    assert.equal(found.metric, 'agreement');
    assert.match(found.warning, /chooses class 0 for all 60 samples/);
  });
});
