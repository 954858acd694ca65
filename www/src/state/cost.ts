/**
 * Looks costs up in the tables that came with the model. No formula lives here: the engine made every number.
 */
import { nearestIndex } from '../lib/nearest.ts';
import {
  type CostRow,
  type LayerView,
  type Method,
  type MethodView,
  type ModelView,
  type Plan,
  type Setting,
  VALUES,
  type Values,
} from '../protocol/generated.ts';
import { isDial } from './methods.ts';

export type Cost = { parameters: number; bytes: number; macs: number };

export const KEEP: Setting = { method: 'keep' };

export const viewOf = (layer: LayerView, method: Method): MethodView | null =>
  layer.methods.find((view) => view.method === method) ?? null;

/** The rank of a setting (atoms, with a dictionary); null where there is none. */
export const rankOf = (setting: Setting): number | null => {
  if ('atoms' in setting) return setting.atoms;
  return 'rank' in setting ? setting.rank : null;
};

export const nonzerosOf = (setting: Setting): number | null => ('nonzeros' in setting ? setting.nonzeros : null);

/** The row of a setting. */
export const rowOf = (layer: LayerView, setting: Setting): CostRow | null => {
  const view = viewOf(layer, setting.method);
  return view ? rowAt(view, rankOf(setting) ?? 0) : null;
};

/** What a setting's non-zeros are a share of; 0 where there are none. */
export const nonzerosAtMost = (layer: LayerView, setting: Setting): number => rowOf(layer, setting)?.most ?? 0;

const rankLists = new WeakMap<MethodView, readonly number[]>();

/** The allowed ranks of a method, rising. Kept, because a slider asks for them a thousand times per frame. */
export const ranksOf = (view: MethodView): readonly number[] => {
  const kept = rankLists.get(view);
  if (kept) return kept;
  const ranks = view.rows.map((row) => row.rank);
  rankLists.set(view, ranks);
  return ranks;
};

/** The row of a rank, or the only one of a method without ranks. */
export const rowAt = (view: MethodView, wantedRank: number): CostRow | null =>
  view.rows[nearestIndex(ranksOf(view), wantedRank)] ?? null;

/** The allowed setting nearest to a rank and a share of zeros. What no slider sets stays as it was `before`. */
export const settingNear = (
  layer: LayerView,
  method: Method,
  wantedRank: number,
  sparsity: number,
  before: Setting = KEEP,
): Setting => {
  const view = viewOf(layer, method);
  const row = view ? rowAt(view, wantedRank) : null;
  if (!row) return KEEP;
  const next = withNonzeros(row.setting, row.nonzeros[nearestIndex(row.nonzeros, row.most * (1 - sparsity))]);
  return before.method === method ? turnedTo(next, before) : next;
};

/** The setting with other non-zeros, where it has some. */
export const withNonzeros = (setting: Setting, nonzeros: number | undefined): Setting =>
  'nonzeros' in setting && nonzeros !== undefined ? { ...setting, nonzeros } : setting;

/** One setting of a method with what sliders set as another one of it has that. */
const turnedTo = (next: Setting, before: Setting): Setting =>
  Object.assign({ ...before }, Object.fromEntries(Object.entries(next).filter(([field]) => isDial(field))));

export const originalCost = (layer: LayerView): Cost => ({
  parameters: layer.parameters,
  bytes: layer.bytes,
  macs: layer.macs,
});

export const costOf = (layer: LayerView, setting: Setting, values: Values): Cost => {
  const stored = VALUES.indexOf(values);
  const row = rowOf(layer, setting);
  if (!row) return { ...originalCost(layer), bytes: layer.wholeBytes[stored] ?? layer.bytes };
  const nonzeros = nonzerosOf(setting);
  const index = nonzeros === null ? 0 : nearestIndex(row.nonzeros, nonzeros);
  // Thinned filters have no table of their own: their share of it, until the engine has counted them.
  const share = 'kept' in setting ? setting.kept / 100 : 1;
  return {
    parameters: Math.round(share * (row.parameters[index] ?? layer.parameters)),
    bytes: Math.round(share * (row.bytes[stored]?.[index] ?? layer.bytes)),
    macs: Math.round(share * (row.macs[index] ?? layer.macs)),
  };
};

/** The cost of a layer as the plan has it. */
export const plannedCost = (layer: LayerView, plan: Plan): Cost =>
  costOf(layer, plan.layers[layer.name] ?? KEEP, plan.values[layer.name] ?? 'float');

/** The whole model under a plan: what the layers cost, and what belongs to no layer. */
export const totalCost = (model: ModelView, plan: Plan): Cost => {
  const before = model.layers.map(originalCost).reduce(add, NOTHING);
  const after = model.layers.map((layer) => plannedCost(layer, plan)).reduce(add, NOTHING);
  return {
    parameters: model.parameters - before.parameters + after.parameters,
    bytes: model.bytes - before.bytes + after.bytes,
    macs: model.macs - before.macs + after.macs,
  };
};

const NOTHING: Cost = { parameters: 0, bytes: 0, macs: 0 };

const add = (a: Cost, b: Cost): Cost => ({
  parameters: a.parameters + b.parameters,
  bytes: a.bytes + b.bytes,
  macs: a.macs + b.macs,
});
