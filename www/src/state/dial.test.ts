import { describe, expect, test } from 'vitest';
import type { Method } from '../protocol/generated.ts';
import { initialControls, settingOf } from './controls.ts';
import { KEEP } from './cost.ts';
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
  test('each method has the dials that set it', () => {
    const enabled = (method: Method): (boolean | undefined)[] =>
      [RANK, SPARSITY].map((id) => dialOf(model, { ...start, method }, id)?.enabled);
    expect(enabled('low_rank')).toEqual([true, false]);
    expect(enabled('dictionary')).toEqual([true, true]);
    expect(enabled('prune')).toEqual([false, true]);
  });
  test('break-even is counted in the bytes of the stored values', () => {
    // A quarter of the bytes: no rank is too dear any more.
    expect(dialOf(model, { ...start, values: 'int8' }, RANK)?.breakEven).toBe(100);
  });
  test('nothing is left to turn when every layer is locked', () => {
    const own = new Map(
      model.layers.map((layer) => [layer.name, { setting: KEEP, values: 'float', by: 'hand' } as const]),
    );
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
    expect(next.own.get('dense')).toEqual({ setting: { method: 'low_rank', rank: 8 }, values: 'float', by: 'hand' });
    expect(settingOf(dense, { ...next, rank: 10 })).toEqual({ method: 'low_rank', rank: 8 });
  });
  test('sparsity rises as non-zeros fall', () => {
    const sparse = { ...start, method: 'dictionary' } as const;
    const dial = dialOf(model, sparse, { kind: 'sparsity', layer: 'dense' });
    expect(dial).toMatchObject({ values: [0, 50, 75], at: 2, breakEven: 0 });
    expect(dial && breakEvenValue(dial)).toBeNull();
    const next = turned(model, sparse, { kind: 'sparsity', layer: 'dense' }, 1);
    expect(next.own.get('dense')?.setting).toEqual({ method: 'dictionary', atoms: 4, nonzeros: 2 });
  });
  test('a pruned layer has its sparsity only', () => {
    const pruned = { ...start, method: 'prune' } as const;
    expect(dialOf(model, pruned, id)).toBeNull();
    const dial = dialOf(model, pruned, { kind: 'sparsity', layer: 'dense' });
    expect(dial).toMatchObject({ values: [0, 50, 80, 90], at: 2, breakEven: 1 });
    const next = turned(model, pruned, { kind: 'sparsity', layer: 'dense' }, 3);
    expect(next.own.get('dense')?.setting).toEqual({ method: 'prune', nonzeros: 20, block: 1 });
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
  test('five points where each is a fit from front to back', () => {
    const points = sweepPoints(model, { ...start, fit: 'sequential' }, dial);
    expect(points.map((point) => point.x)).toEqual([0, 25, 50, 75, 100]);
    expect(sweepOrder(points, 40, dial.values.length).map((point) => point.x)).toEqual([50, 25, 75, 0, 100]);
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
