/**
 * @file The quality bench judges right: what is reached, what is missing by how much, which pairs are compared,
 * and that its limits are those of the targets.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultOf } from './bench/quality/fault.mjs';
import { jobsOf, limitsOf, METHODS } from './bench/quality/methods.mjs';
import { MODELS, TARGETS } from './bench/quality/models.mjs';
import { asked, ordered, rowOf } from './bench/quality/row.mjs';
import { textOf } from './bench/quality/table.mjs';
import { alike, judge, twinsOf } from './bench/quality/verdict.mjs';

/** @typedef {import('./bench/quality/row.mjs').Row} Row */

/**
 * A row of LeNet-5 with a size of 1,000 and an accuracy of 99 % before.
 * @param {Partial<Row>} subject
 * @param {{ bytes?: number, macs?: number, accuracy?: number }} measured
 */
function row(subject, measured) {
  const samples = { chose: 'training images', measured: 'test images', count: 1000 };
  const whole = { model: 'lenet-5-caffe', method: 'combined', title: 'everything', peer: false, samples };
  const base = { base_bytes: 1000, base_macs: 1000, base_accuracy: 99 };
  const figures = { bytes: 1000, macs: 1000, accuracy: 99, seconds: 1, ...measured };
  return rowOf({ ...whole, goal: null, macs_goal: null, task: null, ...subject }, base, figures);
}

const model = (/** @type {string} */ id) => {
  const found = MODELS.find((candidate) => candidate.id === id);
  assert.ok(found !== undefined);
  return found;
};

test('ratios and the loss follow from what was measured', () => {
  const { ratio, macs_ratio, loss } = row({}, { bytes: 40, macs: 125, accuracy: 98.4 });
  assert.deepEqual([ratio, macs_ratio, loss], [25, 8, 0.6]);
});

test('a target is reached by the smallest of our own rows that keeps to it', () => {
  const wish = { ratio: 20, macsRatio: 4, loss: 0.5 };
  const rows = [
    row({ title: 'slow' }, { bytes: 10, macs: 1000 }),
    row({ title: 'wrong' }, { bytes: 10, macs: 100, accuracy: 90 }),
    row({ title: 'theirs', peer: true }, { bytes: 10, macs: 100 }),
    row({ title: 'good' }, { bytes: 50, macs: 250, accuracy: 98.5 }),
    row({ title: 'better' }, { bytes: 40, macs: 250, accuracy: 98.5 }),
  ];
  const { reached, text } = judge(rows, 'lenet-5-caffe', wish);
  assert.ok(reached);
  assert.match(text, /25\.0x smaller.*better/);
});

test('a target that is missed says by how much', () => {
  const rows = [row({}, { bytes: 40, accuracy: 98 }), row({}, { bytes: 100, accuracy: 98.8 })];
  const { reached, text } = judge(rows, 'lenet-5-caffe', { ratio: 20, loss: 0.5 });
  assert.ok(!reached);
  assert.match(text, /0\.50 points too much.*at the allowed loss only 10\.0x/);
  assert.deepEqual(judge([], 'lenet-5-caffe', { ratio: 20, loss: 0.5 }), { reached: false, text: 'nothing measured' });
});

test('the target of one layer asks for accuracy', () => {
  const rows = [row({ task: 'one' }, { accuracy: 95 }), row({}, { accuracy: 99 })];
  assert.ok(judge(rows, 'lenet-5-caffe', { task: 'one', accuracy: 95 }).reached);
  assert.match(judge(rows, 'lenet-5-caffe', { task: 'one', accuracy: 96.5 }).text, /1\.50 points missing/);
});

test('pairs are compared under the same limits only, and above 5x', () => {
  const rows = [
    row({ method: 'svd', goal: 10 }, { bytes: 100, accuracy: 90 }),
    row({ method: 'low_rank', goal: 10 }, { bytes: 100, accuracy: 90 }),
    row({ method: 'low_rank', goal: 25 }, { bytes: 40, accuracy: 80 }),
    row({ method: 'svd', goal: 3 }, { bytes: 333, accuracy: 95 }),
    row({ method: 'low_rank', goal: 3 }, { bytes: 333, accuracy: 94 }),
  ];
  const { pairs, behind } = twinsOf(rows);
  assert.equal(pairs.length, 1);
  assert.deepEqual(
    behind.map(({ aware }) => aware.goal),
    [10],
  );
});

test('accuracies are alike within two standard errors of their difference', () => {
  // sqrt(2 * 0.5 * 0.5 / 1000) = 2.236 points
  const at = (/** @type {number} */ accuracy) => row({}, { accuracy });
  assert.ok(alike(at(52.2), at(47.8)));
  assert.ok(!alike(at(52.3), at(47.7)));
});

test('rows without a goal come first, single layers last, peers first in each', () => {
  const rows = [
    row({ task: 'one' }, {}),
    row({ goal: 25 }, {}),
    row({ goal: 10, macs_goal: 2 }, {}),
    row({ goal: 10, peer: true }, {}),
    row({ macs_goal: 2 }, {}),
  ];
  assert.deepEqual(ordered(rows).map(asked), ['2x MACs', '10x', '10x, 2x MACs', '25x', 'one']);
});

test('limits are whole numbers that reach the ratio', () => {
  const base = { bytes: 1_066_440, macs: 266_200, layers: [{ name: 'fc1', shape: [300, 784] }] };
  const [combined] = METHODS.filter(({ id }) => id === 'combined');
  assert.ok(combined !== undefined);
  const goal = { ratio: 25, macsRatio: 8 };
  assert.deepEqual(limitsOf({ method: combined, goal, task: null }, base), ['--flash', '42657', '--macs', '33275']);
  const task = { id: 'one', layer: 'fc1', bytes: 40_000 };
  assert.deepEqual(limitsOf({ method: combined, goal: null, task }, base), ['--only', 'fc1', '--flash', '165640']);
});

test('a report without a figure or over a limit is a fault', () => {
  const report = { bytes: 10, base_bytes: 20, macs: 5, base_macs: 9, accuracy: 90, base_accuracy: 91 };
  assert.equal(faultOf(report, ['fit', '--flash', '10', '--macs', '5']), null);
  assert.match(faultOf(report, ['fit', '--flash', '9']) ?? '', /bytes are 10, more than --flash 9/);
  assert.match(faultOf(report, ['fit', '--macs', '4']) ?? '', /macs are 5/);
  assert.match(faultOf({ ...report, accuracy: undefined }, []) ?? '', /no accuracy/);
});

test('what the targets ask for is asked of everything combined', () => {
  for (const { model: id, must, aim } of TARGETS) {
    const jobs = jobsOf(model(id), true);
    for (const wish of [must, aim]) {
      const asking = jobs.filter(({ goal, task }) =>
        'task' in wish ? task?.id === wish.task : goal?.ratio === wish.ratio && goal.macsRatio === wish.macsRatio,
      );
      assert.ok(asking.length > 0, `${id}: ${JSON.stringify(wish)}`);
    }
  }
});

test('a model without kernels is not tried with methods for kernels', () => {
  const methods = new Set(jobsOf(model('lenet-300-100'), false).map(({ method }) => method.id));
  assert.ok(!methods.has('channel') && !methods.has('separation') && methods.has('combined'));
});

test('every twin is a method or a peer of the same limits', () => {
  const known = new Set([...METHODS.map(({ id }) => id), 'magnitude', 'magnitude-global', 'wanda']);
  assert.ok(METHODS.flatMap(({ twins }) => twins).every((id) => known.has(id)));
});

test('the text holds every row, the targets, and what is missing', () => {
  const reason = 'no plan meets the limits';
  const subject = { model: 'lenet-5-caffe', method: 'svd', title: 'plain SVD', peer: true, task: null };
  const missing = [{ ...subject, goal: 120, macs_goal: null, reason, broken: false }];
  const text = textOf([row({ title: 'everything', goal: 25 }, { bytes: 40 })], missing);
  assert.match(text, /everything +25x +40 +25\.00x/);
  assert.match(text, /LeNet-5, must, 50x smaller.*NOT reached/);
  assert.match(text, /plain SVD, 120x: no plan meets the limits/);
});
