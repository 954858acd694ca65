import { expect, test } from 'vitest';
import type { LayerView, ModelView } from '../protocol/generated.ts';
import {
  type Controls,
  initialControls,
  offeredMethods,
  planKey,
  planOf,
  resetLayer,
  settingOf,
  toggleLock,
  withMethod,
} from './controls.ts';
import { costOf, totalCost } from './cost.ts';
import { testModel } from './fixture.ts';

const model: ModelView = testModel();
const start: Controls = { ...initialControls(model), rank: 40 };

const layer = (name: string): LayerView => {
  const found = model.layers.find((candidate) => candidate.name === name);
  if (!found) throw new Error(name);
  return found;
};

test('methods that no layer can take are not offered', () => {
  expect(offeredMethods(model)).toEqual(['low_rank', 'dictionary', 'separation']);
  expect(offeredMethods({ ...model, layers: [layer('small')] })).toEqual(['low_rank']);
});

test('layers follow the global rank; what is suggested to be kept starts kept and locked', () => {
  expect(planOf(model, start).layers).toEqual({
    dense: { method: 'low_rank', rank: 4 },
    conv: { method: 'low_rank', rank: 4 },
  });
  expect(start.own.has('small')).toBe(true);
});

test('what cannot be separated takes low rank', () => {
  const { layers } = planOf(model, { ...start, method: 'separation' });
  expect(layers).toEqual({ dense: { method: 'low_rank', rank: 4 }, conv: { method: 'separation', rank: 3 } });
});

test('sparsity chooses the nearest allowed number of non-zeros', () => {
  const settings = [0, 50, 80, 100].map((sparsity) =>
    settingOf(layer('dense'), { ...start, method: 'dictionary', sparsity }),
  );
  expect(settings).toEqual([4, 2, 1, 1].map((nonzeros) => ({ method: 'dictionary', atoms: 4, nonzeros })));
});

test('locking keeps a setting, unlocking follows again, reset returns to the start', () => {
  const locked = toggleLock(start, layer('dense'));
  expect(settingOf(layer('dense'), { ...locked, rank: 90 })).toEqual({ method: 'low_rank', rank: 4 });
  const unlocked = toggleLock(locked, layer('dense'));
  expect(settingOf(layer('dense'), { ...unlocked, rank: 90 })).toEqual({ method: 'low_rank', rank: 9 });
  const opened = toggleLock(start, layer('small'));
  expect(settingOf(layer('small'), opened).method).toBe('low_rank');
  expect(settingOf(layer('small'), resetLayer(opened, layer('small'))).method).toBe('keep');
});

test('a method chosen by hand keeps the rank as far as it can', () => {
  const chosen = withMethod(start, layer('conv'), 'dictionary');
  expect(settingOf(layer('conv'), chosen)).toEqual({ method: 'dictionary', atoms: 4, nonzeros: 1 });
});

test('equal plans have equal keys, others other ones', () => {
  const plan = planOf(model, start);
  const reversed = { ...plan, layers: Object.fromEntries(Object.entries(plan.layers).reverse()) };
  expect(planKey(reversed)).toBe(planKey(plan));
  const keys = [start, { ...start, rank: 50 }, { ...start, method: 'dictionary' as const }].map((controls) =>
    planKey(planOf(model, controls)),
  );
  expect(new Set(keys).size).toBe(3);
});

test('costs come from the tables, totals include what belongs to no layer', () => {
  expect(costOf(layer('dense'), { method: 'low_rank', rank: 4 })).toEqual({ parameters: 120, bytes: 480, macs: 120 });
  expect(costOf(layer('dense'), { method: 'dictionary', atoms: 8, nonzeros: 2 }).bytes).toBe(560);
  expect(totalCost(model, { seed: 1, layers: {} })).toEqual({ parameters: 810, bytes: 3240, macs: 800 });
  expect(totalCost(model, planOf(model, start)).bytes).toBe(3240 - 2 * (800 - 480));
});
