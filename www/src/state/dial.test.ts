import { describe, expect, test } from 'vitest';
import { initialControls, settingOf } from './controls.ts';
import { breakEvenValue, dialOf, turned } from './dial.ts';
import { testModel } from './fixture.ts';
import { sweepCosts, sweepOrder, sweepPoints } from './sweep.ts';

const model = testModel();
const start = { ...initialControls(model), rank: 40 };
const RANK = { kind: 'rank', layer: null } as const;
const SPARSITY = { kind: 'sparsity', layer: null } as const;

const dense = model.layers[0];
if (!dense) throw new Error('fixture');

describe('global dials', () => {
  test('break-even is the last rank that stores less', () => {
    // 6 of 10 ranks: 720 of 800 bytes; 65 % is nearest to 6 (the smaller of a tie).
    const dial = dialOf(model, start, RANK);
    expect(dial?.breakEven).toBe(65);
    expect(dial && breakEvenValue(dial)).toBe(65);
  });
  test('sparsity waits for a layer with a dictionary', () => {
    expect(dialOf(model, start, SPARSITY)?.enabled).toBe(false);
    expect(dialOf(model, { ...start, method: 'dictionary' }, SPARSITY)?.enabled).toBe(true);
  });
  test('nothing is left to turn when every layer is locked', () => {
    const own = new Map(model.layers.map((layer) => [layer.name, { method: 'keep' } as const]));
    expect(dialOf(model, { ...start, own }, RANK)?.enabled).toBe(false);
  });
});

describe('dials of a layer', () => {
  const id = { kind: 'rank', layer: 'dense' } as const;
  test('its values are the allowed ranks', () => {
    expect(dialOf(model, start, id)).toMatchObject({ values: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], at: 3, breakEven: 5 });
  });
  test('turning it locks the layer', () => {
    const next = turned(model, start, id, 7);
    expect(next.own.get('dense')).toEqual({ method: 'low_rank', rank: 8 });
    expect(settingOf(dense, { ...next, rank: 10 })).toEqual({ method: 'low_rank', rank: 8 });
  });
  test('sparsity rises as non-zeros fall', () => {
    const sparse = { ...start, method: 'dictionary' } as const;
    const dial = dialOf(model, sparse, { kind: 'sparsity', layer: 'dense' });
    expect(dial).toMatchObject({ values: [0, 50, 75], at: 2, breakEven: 0 });
    expect(dial && breakEvenValue(dial)).toBeNull();
    const next = turned(model, sparse, { kind: 'sparsity', layer: 'dense' }, 1);
    expect(next.own.get('dense')).toEqual({ method: 'dictionary', atoms: 4, nonzeros: 2 });
  });
  test('a kept layer has none', () => {
    expect(dialOf(model, start, { kind: 'rank', layer: 'small' })).toBeNull();
    expect(dialOf(model, start, { kind: 'sparsity', layer: 'dense' })).toBeNull();
  });
});

describe('sweep', () => {
  const dial = dialOf(model, start, RANK);
  if (!dial) throw new Error('fixture');
  test('17 points over the whole slider, the same wherever the thumb is', () => {
    const keys = (rank: number): string[] => sweepPoints(model, { ...start, rank }, dial).map((point) => point.key);
    expect(keys(40)).toHaveLength(17);
    expect(keys(90)).toEqual(keys(40));
  });
  test('each point is computed once, nearest the thumb first', () => {
    const points = sweepPoints(model, start, dial);
    const order = sweepOrder(points, 40, dial.values.length);
    expect(new Set(order).size).toBe(17);
    expect(order[0]?.x).toBe(50);
  });
  test('costs are known everywhere at once', () => {
    const costs = sweepCosts(model, start, dial);
    expect(costs).toHaveLength(101);
    expect(costs[0]?.cost.bytes).toBeLessThan(costs[100]?.cost.bytes ?? 0);
  });
});
