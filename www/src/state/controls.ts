/**
 * What the user has set, and the plan that follows from it. Layers follow the global sliders until they are set by
 * hand; a layer with its own setting is locked.
 */
import type { LayerView, Method, ModelView, Plan, Setting } from '../protocol/generated.ts';
import { KEEP, METHODS, rankOf, settingNear, viewOf } from './cost.ts';

export type Controls = {
  method: Method;
  /** Percent of each layer's full rank. */
  rank: number;
  /** Percent of zeros in the sparse code. */
  sparsity: number;
  own: ReadonlyMap<string, Setting>;
};

/** Every random choice starts from here, so that the same settings give the same model everywhere. */
export const SEED = 1;
export const DEFAULT_RANK = 25;
export const DEFAULT_SPARSITY = 80;

export const initialControls = (model: ModelView): Controls => ({
  method: offeredMethods(model)[0] ?? 'keep',
  rank: DEFAULT_RANK,
  sparsity: DEFAULT_SPARSITY,
  own: new Map(model.layers.filter(startsKept).map((layer) => [layer.name, KEEP])),
});

const startsKept = (layer: LayerView): boolean => layer.methods.length > 0 && layer.suggested === 'keep';

/** Methods that at least one layer can take. */
export const offeredMethods = (model: ModelView): Method[] =>
  METHODS.filter((method) => model.layers.some((layer) => viewOf(layer, method)));

/** What a layer takes when the global choice does not fit it. */
export const fittingMethod = (layer: LayerView, wanted: Method): Method => {
  if (viewOf(layer, wanted)) return wanted;
  return viewOf(layer, 'low_rank') ? 'low_rank' : (layer.methods[0]?.method ?? 'keep');
};

export const followedSetting = (layer: LayerView, controls: Controls): Setting => {
  const method = fittingMethod(layer, controls.method);
  return settingNear(layer, method, (controls.rank / 100) * layer.fullRank, controls.sparsity / 100);
};

export const settingOf = (layer: LayerView, controls: Controls): Setting => {
  if (layer.methods.length === 0) return KEEP;
  return controls.own.get(layer.name) ?? followedSetting(layer, controls);
};

export const planOf = (model: ModelView, controls: Controls): Plan => {
  const settings = model.layers.map((layer) => [layer.name, settingOf(layer, controls)] as const);
  return { seed: SEED, layers: Object.fromEntries(settings.filter(([, setting]) => setting.method !== 'keep')) };
};

/** Two plans are the same plan if and only if their keys are equal. */
export const planKey = (plan: Plan): string => {
  const layers = Object.entries(plan.layers).map(([name, setting]) => `${name}\u0000${settingKey(setting ?? KEEP)}`);
  return `${plan.seed}\u0001${layers.sort().join('\u0001')}`;
};

const settingKey = (setting: Setting): string => {
  const nonzeros = setting.method === 'dictionary' ? `/${setting.nonzeros}` : '';
  return `${setting.method}:${rankOf(setting) ?? ''}${nonzeros}`;
};

export const usesDictionary = (model: ModelView, controls: Controls): boolean =>
  model.layers.some((layer) => settingOf(layer, controls).method === 'dictionary');

export const withOwn = (controls: Controls, layer: string, setting: Setting): Controls => ({
  ...controls,
  own: new Map(controls.own).set(layer, setting),
});

export const withoutOwn = (controls: Controls, layer: string): Controls => {
  const own = new Map(controls.own);
  own.delete(layer);
  return { ...controls, own };
};

/** Locked layers keep the setting that they have; unlocked ones follow the global sliders again. */
export const toggleLock = (controls: Controls, layer: LayerView): Controls =>
  controls.own.has(layer.name)
    ? withoutOwn(controls, layer.name)
    : withOwn(controls, layer.name, settingOf(layer, controls));

export const resetLayer = (controls: Controls, layer: LayerView): Controls =>
  startsKept(layer) ? withOwn(controls, layer.name, KEEP) : withoutOwn(controls, layer.name);

/** A layer's method chosen by hand: at the rank that it has now, or at the global one. */
export const withMethod = (controls: Controls, layer: LayerView, method: Method): Controls => {
  const rank = rankOf(settingOf(layer, controls)) ?? (controls.rank / 100) * layer.fullRank;
  return withOwn(controls, layer.name, settingNear(layer, method, rank, controls.sparsity / 100));
};
