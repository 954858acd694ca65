/**
 * A dial is a slider as the model sees it: its allowed values in order and what the settings become at each of them.
 * The same dial drives the slider, its number box, its break-even mark and the sweep over it.
 */
import { nearestIndex } from '../lib/nearest.ts';
import { type LayerView, type ModelView, type Setting, USUAL_RANK, USUAL_SPARSITY } from '../protocol/generated.ts';
import { type Controls, followedSetting, planOf, settingOf, sparsityOf, valuesOf, withSetting } from './controls.ts';
import {
  costOf,
  nonzerosAtMost,
  rankOf,
  ranksOf,
  rowOf,
  settingNear,
  totalCost,
  viewOf,
  withNonzeros,
} from './cost.ts';
import { type DialKind, turns } from './methods.ts';

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
  return layer ? layerDial(model, layer, controls, id) : null;
};

/** The settings with this dial turned to one of its values. */
export const turned = (model: ModelView, controls: Controls, id: DialId, index: number): Controls => {
  const layer = findLayer(model, id.layer);
  if (!layer) return id.kind === 'rank' ? { ...controls, rank: index } : { ...controls, sparsity: index };
  return withSetting(controls, layer, settingAt(layer, settingOf(layer, controls), id.kind, index));
};

export const resetValue = (id: DialId): number | null => {
  if (id.layer !== null) return null;
  return id.kind === 'rank' ? USUAL_RANK : USUAL_SPARSITY;
};

const globalDial = (model: ModelView, controls: Controls, id: DialId): Dial => {
  const saves = (index: number): boolean =>
    totalCost(model, planOf(model, turned(model, controls, id, index))).bytes < model.bytes;
  const followers = model.layers.filter((layer) => layer.methods.length > 0 && !controls.own.has(layer.name));
  const enabled = followers.some((layer) => turns(model, id.kind, followedSetting(layer, controls).method));
  return {
    id,
    unit: 'percent',
    values: HUNDRED,
    at: id.kind === 'rank' ? controls.rank : controls.sparsity,
    breakEven: enabled ? breakEven(HUNDRED.length, id.kind, saves) : null,
    enabled,
  };
};

const layerDial = (model: ModelView, layer: LayerView, controls: Controls, id: DialId): Dial | null => {
  const setting = settingOf(layer, controls);
  const view = viewOf(layer, setting.method);
  if (!view || !turns(model, id.kind, setting.method)) return null;
  const isRank = id.kind === 'rank';
  const values = isRank ? ranksOf(view) : sparsities(layer, setting);
  const wanted = isRank ? (rankOf(setting) ?? 0) : sparsityOf(layer, setting);
  const stored = valuesOf(layer, controls);
  const saves = (index: number): boolean =>
    costOf(layer, settingAt(layer, setting, id.kind, index), stored).bytes < layer.bytes;
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

const settingAt = (layer: LayerView, setting: Setting, kind: DialKind, index: number): Setting => {
  if (kind === 'rank') {
    const row = viewOf(layer, setting.method)?.rows[index];
    return row ? settingNear(layer, setting.method, row.rank, sparsityOf(layer, setting) / 100, setting) : setting;
  }
  return withNonzeros(setting, fallingNonzeros(layer, setting)[index]);
};

const fallingNonzeros = (layer: LayerView, setting: Setting): number[] =>
  [...(rowOf(layer, setting)?.nonzeros ?? [])].reverse();

const sparsities = (layer: LayerView, setting: Setting): number[] => {
  const most = nonzerosAtMost(layer, setting);
  return fallingNonzeros(layer, setting).map((nonzeros) => 100 * (1 - nonzeros / most));
};
