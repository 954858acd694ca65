/**
 * @file The numbers of the reproduction page: what follows from the paper's, and that every one has its place.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../crate/wasm/command.mjs';
import { CURVES, cheapestWithin, paretoBest } from '../www/reproduction/curves.mjs';
import { entries, fill, readPoints } from '../www/reproduction/page.mjs';
import { MEMORY, mean, meanWithoutLargest, median, ratios } from '../www/reproduction/published.mjs';

/** @param {number} bytes @param {number} accuracy */
const point = (bytes, accuracy) => ({ bytes, macs: bytes, accuracy, layers: /** @type {any} */ ({}) });

test("the paper's 11.3 is the mean of its four models, and 13.3 is made by one pair", () => {
  const sparse = MEMORY.map((memory) => ratios(memory).sparse);
  assert.deepEqual(
    sparse.map((ratio) => ratio.toFixed(1)),
    ['16.8', '17.6', '4.9', '5.7'],
  );
  assert.equal(mean(sparse).toFixed(1), '11.3');
  assert.equal(meanWithoutLargest().toFixed(1), '6.7');
});

test('medians', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(median([7]), 7);
});

test('a curve holds what nothing beats, and the cheapest within a loss is measured, not interpolated', () => {
  const points = [point(3, 97), point(1, 90), point(2, 89), point(4, 97), point(5, 99)];
  const best = paretoBest(points, 'bytes');
  assert.deepEqual(
    best.map(({ bytes }) => bytes),
    [1, 3, 5],
  );
  const model = { sizes: '', parameters: 0, bytes: 9, macs: 9, accuracy: 98, samples: 1 };
  const curve = { id: /** @type {const} */ ('low_rank'), tried: 5, points: best };
  const measured = { model, curves: [curve] };
  assert.equal(cheapestWithin(measured, curve, 'bytes', 1)?.bytes, 3);
  assert.equal(cheapestWithin(measured, curve, 'bytes', 8)?.bytes, 1);
  assert.equal(cheapestWithin(measured, { ...curve, points: [point(1, 90)] }, 'bytes', 1), null);
});

test('every entry of the page is filled in, and an unknown one stops the build', () => {
  const html = readFileSync(join(ROOT, 'www/reproduction.html'), 'utf8');
  const filled = fill(html, entries(readPoints()));
  assert.doesNotMatch(filled, /\{\{|NaN|undefined|Infinity/);
  assert.throws(() => fill('{{nothing}}', {}), /nothing/);
  assert.throws(() => fill('', { left: '' }), /left/);
});

test('the measured curves are known ones, and SVD and sparse coding are among them', () => {
  const found = readPoints().curves.map(({ id }) => id);
  const known = CURVES.map(({ id }) => id).filter((id) => found.includes(id));
  assert.deepEqual(found, known);
  assert.deepEqual(found.slice(0, 2), ['low_rank', 'dictionary']);
});
