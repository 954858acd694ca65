import { describe, expect, test } from 'vitest';
import { accuracyRange, niceCeiling, spreadLabels } from './axis.ts';
import { bisectionOrder, spread } from './bisection.ts';
import { energyShare } from './energy.ts';
import { remember } from './lru.ts';
import { clamp, nearestIndex } from './nearest.ts';
import { commonFolder, stem } from './path.ts';
import { lineOf, lookOf, pixelsOf, spanOf, stacked } from './picture.ts';
import { wilson } from './wilson.ts';

describe('wilson', () => {
  // Both ends solve |p - share| = z sqrt(p (1 - p) / n); that is how the interval is defined.
  test.each([
    [1, 10],
    [193, 200],
    [9823, 10_000],
  ])('the ends for %d of %d', (correct, samples) => {
    const share = correct / samples;
    const { low, high } = wilson(correct, samples);
    for (const end of [low, high]) {
      expect(Math.abs(end - share)).toBeCloseTo(1.959964 * Math.sqrt((end * (1 - end)) / samples), 9);
    }
    expect(low).toBeLessThan(share);
    expect(high).toBeGreaterThan(share);
  });
  test('none and all right: one end is the certain one', () => {
    const z2 = 1.959964 ** 2;
    expect(wilson(0, 10).low).toBe(0);
    expect(wilson(0, 10).high).toBeCloseTo(z2 / (10 + z2), 9);
    expect(wilson(10, 10).low).toBeCloseTo(10 / (10 + z2), 9);
    expect(wilson(10, 10).high).toBeCloseTo(1, 12);
  });
  test('nothing is known of no samples', () => expect(wilson(0, 0)).toEqual({ low: 0, high: 1 }));
});

describe('bisection', () => {
  test('coarse levels first, each index once, nearest the thumb first', () => {
    const order = bisectionOrder(16, 5);
    expect(order.slice(0, 5)).toEqual([4, 8, 0, 12, 16]);
    expect(order.slice(5, 9)).toEqual([6, 2, 10, 14]);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 17 }, (_, index) => index));
  });
  test('values are spread evenly and none twice', () => {
    expect(spread(0, 100, 4)).toEqual([0, 25, 50, 75, 100]);
    expect(spread(0, 2, 16)).toEqual([0, 1, 2]);
    expect(spread(0, 0, 16)).toEqual([0]);
  });
});

describe('nearest', () => {
  test.each([
    [[], 3, -1],
    [[5], 3, 0],
    [[1, 4, 9], 0, 0],
    [[1, 4, 9], 6, 1],
    [[1, 4, 9], 7, 2],
    [[1, 3], 2, 0],
    [[1, 4, 9], 99, 2],
  ])('in %j to %d', (rising, wanted, index) => expect(nearestIndex(rising, wanted)).toBe(index));
  test('clamp', () => expect([clamp(-1, 0, 2), clamp(1, 0, 2), clamp(3, 0, 2)]).toEqual([0, 1, 2]));
});

test('the least recently written entry is forgotten', () => {
  let map: ReadonlyMap<string, number> = new Map();
  for (const key of ['a', 'b', 'a', 'c']) map = remember(map, key, map.size, 2);
  expect([...map.keys()]).toEqual(['a', 'c']);
});

describe('axis', () => {
  test.each([
    [0.984, 0.97, { min: 0.9, max: 1 }],
    [0.984, 0.944, { min: 0.9, max: 1 }],
    [0.984, 0.12, { min: 0, max: 1 }],
    [0.848, 0.819, { min: 0.8, max: 0.9 }],
  ])('accuracy up to %d, down to %d', (best, floor, range) => {
    const { min, max } = accuracyRange(best, floor);
    expect(min).toBeCloseTo(range.min, 9);
    expect(max).toBeCloseTo(range.max, 9);
  });
  test.each([
    [0, 1],
    [1.38, 1.5],
    [1_066_448, 1_200_000],
    [10, 10],
  ])('a nice number at or above %d', (value, nice) => expect(niceCeiling(value)).toBeCloseTo(nice, 6));
  test('labels keep their distance, their order and the frame', () => {
    expect(spreadLabels([50, 50], 14, 0, 100)).toEqual([36, 50]);
    expect(spreadLabels([2, 4], 14, 0, 100)).toEqual([0, 14]);
    expect(spreadLabels([10, 80], 14, 0, 100)).toEqual([10, 80]);
  });
});

test('energy of the first singular values', () => {
  expect(energyShare([2, 1], 1)).toBeCloseTo(0.8, 9);
  expect(energyShare([], 1)).toBe(1);
});

describe('pictures of samples', () => {
  const colour = { shape: [3, 1, 2] as [number, number, number], values: [0, 1, 2, 3, 4, 5] };
  test.each<[[number, number, number], string]>([
    [[1, 28, 28], 'picture'],
    [[3, 32, 32], 'picture'],
    [[6, 1, 128], 'signal'],
    [[1, 1, 20], 'signal'],
    [[8, 4, 4], 'map'],
  ])('%j is a %s', (shape, look) => expect(lookOf(shape)).toBe(look));
  test('the span holds all samples', () => {
    expect(spanOf([colour, { ...colour, values: [-2, 9] }])).toEqual({ low: -2, high: 9 });
    expect(spanOf([])).toEqual({ low: 0, high: 0 });
  });
  test('channels become red, green and blue', () => {
    expect([...pixelsOf(colour, { low: 0, high: 5 })]).toEqual([0, 102, 204, 255, 51, 153, 255, 255]);
    const grey = { shape: [1, 1, 2] as [number, number, number], values: [0, 5] };
    expect([...pixelsOf(grey, { low: 0, high: 5 })]).toEqual([0, 0, 0, 255, 255, 255, 255, 255]);
  });
  test('values that were cut off are dark, and no span is no fault', () => {
    expect(pixelsOf({ shape: [1, 2, 1], values: [3] }, { low: 3, high: 3 })).toHaveLength(8);
  });
  test('lines and maps', () => {
    const signal = { shape: [2, 1, 3] as [number, number, number], values: [0, 1, 2, 2, 1, 0] };
    expect(lineOf(signal, 1, { low: 0, high: 2 }, { width: 10, height: 4 })).toBe('M0.0 0.0L5.0 2.0L10.0 4.0');
    expect(stacked({ shape: [4, 2, 3], values: [] }).shape).toEqual([1, 8, 3]);
  });
});

describe('paths', () => {
  test('stems', () => expect(stem('a/b/lenet-5.onnx')).toBe('lenet-5'));
  test('a folder around class folders', () => {
    expect(commonFolder(['pets/cat/1.png', 'pets/dog/1.png'])).toBe('pets');
    expect(commonFolder(['cat/1.png', 'dog/1.png'])).toBe(null);
    expect(commonFolder(['pets/cat/1.png', 'pets/1.png'])).toBe(null);
    expect(commonFolder([])).toBe(null);
  });
});
