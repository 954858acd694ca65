import { expect, test } from 'vitest';
import type { LayerView, ModelView } from '../protocol/generated.ts';
import {
  type Controls,
  initialControls,
  isLocked,
  planKey,
  planOf,
  resetLayer,
  resetOwn,
  settingOf,
  sparsityOf,
  toggleLock,
  valuesOf,
  withMethod,
  withPlan,
  withValues,
} from './controls.ts';
import { costOf, totalCost } from './cost.ts';
import { testModel } from './fixture.ts';
import { dialKinds, has, offeredMethods } from './methods.ts';

const model: ModelView = testModel();
const start: Controls = { ...initialControls(model), rank: 40 };

const layer = (name: string): LayerView => {
  const found = model.layers.find((candidate) => candidate.name === name);
  if (!found) throw new Error(name);
  return found;
};

test('methods that no layer can take are not offered', () => {
  expect(offeredMethods(model)).toEqual(['low_rank', 'dictionary', 'separation', 'prune']);
  const small = { ...model, methods: model.methods.slice(0, 1), layers: [layer('small')] };
  expect(offeredMethods(small)).toEqual(['low_rank']);
});

test('what holds for a method is what the engine says of it', () => {
  expect(dialKinds(model, 'dictionary')).toEqual(['sparsity', 'rank']);
  expect(dialKinds(model, 'keep')).toEqual([]);
  expect([has(model, 'dictionary', 'slow'), has(model, 'prune', 'slow')]).toEqual([true, false]);
});

test('layers follow the global rank; what is suggested to be kept starts kept and locked', () => {
  expect(planOf(model, start).layers).toEqual({
    dense: { method: 'low_rank', rank: 4 },
    conv: { method: 'low_rank', rank: 4 },
  });
  expect(start.own.get('small')).toEqual({ setting: { method: 'keep' }, values: 'float', by: 'suggestion' });
  expect(isLocked(start, 'small')).toBe(false);
});

test('what cannot be separated takes low rank', () => {
  const { layers } = planOf(model, { ...start, method: 'separation' });
  expect(layers).toEqual({
    dense: { method: 'low_rank', rank: 4 },
    conv: { method: 'separation', rank: 3, order: 'vertical', kept: 100 },
  });
});

test('sparsity chooses the nearest allowed number of non-zeros', () => {
  const settings = [0, 50, 80, 100].map((sparsity) =>
    settingOf(layer('dense'), { ...start, method: 'dictionary', sparsity }),
  );
  expect(settings).toEqual([4, 2, 1, 1].map((nonzeros) => ({ method: 'dictionary', atoms: 4, nonzeros })));
});

test('pruning has a share of all weights', () => {
  const settings = [0, 50, 82, 100].map((sparsity) =>
    settingOf(layer('dense'), { ...start, method: 'prune', sparsity }),
  );
  expect(settings).toEqual([200, 100, 40, 20].map((nonzeros) => ({ method: 'prune', nonzeros, block: 1 })));
  expect(sparsityOf(layer('dense'), { method: 'prune', nonzeros: 40, block: 1 })).toBeCloseTo(80, 9);
});

test('layers that follow store their values as the others; a layer may have its own way, kept or not', () => {
  const stored = withValues({ ...start, values: 'int8' }, layer('small'), 'int4');
  expect(planOf(model, stored).values).toEqual({ dense: 'int8', conv: 'int8', small: 'int4' });
  expect(valuesOf(layer('fixed'), stored)).toBe('float');
  expect(planOf(model, start).values).toEqual({});
});

test('a plan that was found becomes settings; what was locked by hand stays, all can follow again', () => {
  const locked = toggleLock(start, layer('conv'));
  const plan = {
    seed: 1,
    fit: 'sequential',
    layers: { dense: { method: 'prune', nonzeros: 40, block: 1 } },
    values: { dense: 'codebook', small: 'int8' },
  } as const;
  const found = withPlan(locked, model, plan);
  expect(planOf(model, found)).toEqual({ ...plan, layers: { ...plan.layers, conv: { method: 'low_rank', rank: 4 } } });
  expect([...found.own].map(([name, { by }]) => [name, by])).toEqual([
    ['small', 'search'],
    ['conv', 'hand'],
    ['dense', 'search'],
  ]);
  expect(resetOwn(found, model).own).toEqual(start.own);
});

test('a separation keeps its order and how many weights stay', () => {
  const horizontal = {
    setting: { method: 'separation', rank: 2, order: 'horizontal', kept: 60 },
    values: 'float',
    by: 'search',
  } as const;
  const own = new Map([['conv', horizontal]]);
  const settings = withMethod({ ...start, own }, layer('conv'), 'separation');
  expect(settings.own.get('conv')?.setting).toEqual(horizontal.setting);
});

test('locking keeps a setting, unlocking follows again, reset returns to the start', () => {
  const locked = toggleLock(start, layer('dense'));
  expect(settingOf(layer('dense'), { ...locked, rank: 90 })).toEqual({ method: 'low_rank', rank: 4 });
  const unlocked = toggleLock(locked, layer('dense'));
  expect(settingOf(layer('dense'), { ...unlocked, rank: 90 })).toEqual({ method: 'low_rank', rank: 9 });
  const kept = toggleLock(start, layer('small'));
  expect(isLocked(kept, 'small')).toBe(true);
  const opened = toggleLock(kept, layer('small'));
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
  const changes: Partial<Controls>[] = [
    {},
    { rank: 50 },
    { method: 'dictionary' },
    { method: 'prune' },
    { fit: 'calibrated' },
    { values: 'int8' },
  ];
  const keys = changes.map((change) => planKey(planOf(model, { ...start, ...change })));
  expect(new Set(keys).size).toBe(changes.length);
});

test('costs come from the tables, totals include what belongs to no layer', () => {
  const dense = layer('dense');
  const rank4 = { method: 'low_rank', rank: 4 } as const;
  expect(costOf(dense, rank4, 'float')).toEqual({ parameters: 120, bytes: 480, macs: 120 });
  expect(costOf(dense, rank4, 'int8').bytes).toBe(120);
  expect(costOf(dense, { method: 'dictionary', atoms: 8, nonzeros: 2 }, 'float').bytes).toBe(560);
  expect(costOf(dense, { method: 'prune', nonzeros: 100, block: 1 }, 'codebook3').bytes).toBe(47);
  expect(costOf(dense, { method: 'keep' }, 'codebook').bytes).toBe(100);
  const nothing = { seed: 1, fit: 'plain', layers: {}, values: {} } as const;
  expect(totalCost(model, nothing)).toEqual({ parameters: 810, bytes: 3240, macs: 800 });
  expect(totalCost(model, planOf(model, start)).bytes).toBe(3240 - 2 * (800 - 480));
});
