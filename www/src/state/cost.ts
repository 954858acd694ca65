/**
 * Looks costs up in the tables that came with the model. No formula lives here: the engine made every number.
 */
import { nearestIndex } from '../lib/nearest.ts';
import type { CostRow, LayerView, Method, MethodView, ModelView, Plan, Setting } from '../protocol/generated.ts';

export type Cost = { parameters: number; bytes: number; macs: number };

/** Methods in the order in which they are offered. */
export const METHODS: readonly Method[] = ['low_rank', 'dictionary', 'separation'];
export const KEEP: Setting = { method: 'keep' };

export const viewOf = (layer: LayerView, method: Method): MethodView | null =>
  layer.methods.find((view) => view.method === method) ?? null;

export const rankOf = (setting: Setting): number | null => {
  if (setting.method === 'keep') return null;
  return setting.method === 'dictionary' ? setting.atoms : setting.rank;
};

const rankLists = new WeakMap<MethodView, readonly number[]>();

/** The allowed ranks of a method, rising. Kept, because a slider asks for them a thousand times per frame. */
export const ranksOf = (view: MethodView): readonly number[] => {
  const kept = rankLists.get(view);
  if (kept) return kept;
  const ranks = view.rows.map((row) => row.rank);
  rankLists.set(view, ranks);
  return ranks;
};

export const rowAt = (view: MethodView, wantedRank: number): CostRow | null =>
  view.rows[nearestIndex(ranksOf(view), wantedRank)] ?? null;

/** The allowed setting nearest to a rank and a share of zeros. */
export const settingNear = (layer: LayerView, method: Method, wantedRank: number, sparsity: number): Setting => {
  const view = viewOf(layer, method);
  const row = view ? rowAt(view, wantedRank) : null;
  if (!row || method === 'keep') return KEEP;
  if (method !== 'dictionary') return { method, rank: row.rank };
  const index = nearestIndex(row.nonzeros, row.rank * (1 - sparsity));
  return { method, atoms: row.rank, nonzeros: row.nonzeros[index] ?? row.rank };
};

export const originalCost = (layer: LayerView): Cost => ({
  parameters: layer.parameters,
  bytes: layer.bytes,
  macs: layer.macs,
});

export const costOf = (layer: LayerView, setting: Setting): Cost => {
  const rank = rankOf(setting);
  const view = viewOf(layer, setting.method);
  const row = rank === null || !view ? null : rowAt(view, rank);
  if (!row) return originalCost(layer);
  const index = setting.method === 'dictionary' ? nearestIndex(row.nonzeros, setting.nonzeros) : 0;
  return {
    parameters: row.parameters[index] ?? layer.parameters,
    bytes: row.bytes[index] ?? layer.bytes,
    macs: row.macs[index] ?? layer.macs,
  };
};

/** The whole model under a plan: what the layers cost, and what belongs to no layer. */
export const totalCost = (model: ModelView, plan: Plan): Cost => {
  const before = model.layers.map(originalCost).reduce(add, NOTHING);
  const after = model.layers.map((layer) => costOf(layer, plan.layers[layer.name] ?? KEEP)).reduce(add, NOTHING);
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
