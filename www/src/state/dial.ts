/**
 * A dial is a slider as the model sees it: its allowed values in order and what the settings become at each of them.
 * The same dial drives the slider, its number box, its break-even mark and the sweep over it.
 */
import { nearestIndex } from '../lib/nearest.ts';
import type { LayerView, ModelView, Setting } from '../protocol/generated.ts';
import {
  type Controls,
  DEFAULT_RANK,
  DEFAULT_SPARSITY,
  planOf,
  settingOf,
  usesDictionary,
  withOwn,
} from './controls.ts';
import { costOf, KEEP, rankOf, ranksOf, rowAt, settingNear, totalCost, viewOf } from './cost.ts';

export type DialKind = 'rank' | 'sparsity';
export type DialId = { kind: DialKind; layer: string | null };

export type Dial = {
  id: DialId;
  /** Percent for the global dials and for sparsity; ranks for a layer's rank. */
  unit: 'percent' | 'rank';
  /** Allowed values, rising. */
  values: readonly number[];
  /** Index of the value that is set. */
  at: number;
  /** Index of the last (rank) or first (sparsity) value that stores fewer bytes than the original; null: none does. */
  breakEven: number | null;
  enabled: boolean;
};

/** Where on the dial the savings end; null where they never end or never begin. */
export const breakEvenValue = ({ id, breakEven: index, values }: Dial): number | null => {
  const everywhere = index === (id.kind === 'rank' ? values.length - 1 : 0);
  return index === null || everywhere ? null : (values[index] ?? null);
};

const HUNDRED = Array.from({ length: 101 }, (_, index) => index);

export const sameDial = (a: DialId, b: DialId): boolean => a.kind === b.kind && a.layer === b.layer;

const findLayer = (model: ModelView, name: string | null): LayerView | null =>
  name === null ? null : (model.layers.find((layer) => layer.name === name) ?? null);

export const dialOf = (model: ModelView, controls: Controls, id: DialId): Dial | null => {
  if (id.layer === null) return globalDial(model, controls, id);
  const layer = findLayer(model, id.layer);
  return layer ? layerDial(layer, controls, id) : null;
};

/** The settings with this dial turned to one of its values. */
export const turned = (model: ModelView, controls: Controls, id: DialId, index: number): Controls => {
  const layer = findLayer(model, id.layer);
  if (!layer) return id.kind === 'rank' ? { ...controls, rank: index } : { ...controls, sparsity: index };
  const setting = settingOf(layer, controls);
  const next = id.kind === 'rank' ? atRankIndex(layer, setting, index) : atSparsityIndex(layer, setting, index);
  return withOwn(controls, layer.name, next);
};

export const resetValue = (id: DialId): number | null => {
  if (id.layer !== null) return null;
  return id.kind === 'rank' ? DEFAULT_RANK : DEFAULT_SPARSITY;
};

const globalDial = (model: ModelView, controls: Controls, id: DialId): Dial => {
  const saves = (index: number): boolean =>
    totalCost(model, planOf(model, turned(model, controls, id, index))).bytes < model.bytes;
  const follows = model.layers.some((layer) => layer.methods.length > 0 && !controls.own.has(layer.name));
  const enabled = id.kind === 'rank' ? follows : follows && usesDictionary(model, followersOnly(model, controls));
  return {
    id,
    unit: 'percent',
    values: HUNDRED,
    at: id.kind === 'rank' ? controls.rank : controls.sparsity,
    breakEven: enabled ? breakEven(HUNDRED.length, id.kind, saves) : null,
    enabled,
  };
};

/** The settings as the layers without a lock see them: a locked dictionary is not moved by the global slider. */
const followersOnly = (model: ModelView, controls: Controls): Controls => ({
  ...controls,
  own: new Map(model.layers.filter((layer) => controls.own.has(layer.name)).map((layer) => [layer.name, KEEP])),
});

const layerDial = (layer: LayerView, controls: Controls, id: DialId): Dial | null => {
  const setting = settingOf(layer, controls);
  const rank = rankOf(setting);
  const view = viewOf(layer, setting.method);
  if (rank === null || !view) return null;
  const isRank = id.kind === 'rank';
  if (!isRank && setting.method !== 'dictionary') return null;
  const values = isRank ? ranksOf(view) : sparsities(layer, setting);
  const wanted = isRank ? rank : sparsityOf(setting);
  const settingAt = (index: number): Setting =>
    isRank ? atRankIndex(layer, setting, index) : atSparsityIndex(layer, setting, index);
  const saves = (index: number): boolean => costOf(layer, settingAt(index)).bytes < layer.bytes;
  return {
    id,
    unit: isRank ? 'rank' : 'percent',
    values,
    at: Math.max(0, nearestIndex(values, wanted)),
    breakEven: breakEven(values.length, id.kind, saves),
    enabled: true,
  };
};

/** More rank costs more, more zeros cost less: searched from the dear end. */
const breakEven = (length: number, kind: DialKind, saves: (index: number) => boolean): number | null => {
  for (let step = 0; step < length; step += 1) {
    const index = kind === 'rank' ? length - 1 - step : step;
    if (saves(index)) return index;
  }
  return null;
};

const atRankIndex = (layer: LayerView, setting: Setting, index: number): Setting => {
  const row = viewOf(layer, setting.method)?.rows[index];
  return row ? settingNear(layer, setting.method, row.rank, sparsityOf(setting) / 100) : setting;
};

/** Percent of zeros in each column of the code; 0 where there is no code. */
export const sparsityOf = (setting: Setting): number =>
  setting.method === 'dictionary' && setting.atoms > 0 ? 100 * (1 - setting.nonzeros / setting.atoms) : 0;

const fallingNonzeros = (layer: LayerView, setting: Setting): number[] => {
  const view = viewOf(layer, 'dictionary');
  const row = view && setting.method === 'dictionary' ? rowAt(view, setting.atoms) : null;
  return row ? [...row.nonzeros].reverse() : [];
};

const sparsities = (layer: LayerView, setting: Setting): number[] => {
  const atoms = rankOf(setting) ?? 1;
  return fallingNonzeros(layer, setting).map((nonzeros) => 100 * (1 - nonzeros / atoms));
};

const atSparsityIndex = (layer: LayerView, setting: Setting, index: number): Setting => {
  const nonzeros = fallingNonzeros(layer, setting)[index];
  if (setting.method !== 'dictionary' || nonzeros === undefined) return setting;
  return { ...setting, nonzeros };
};
