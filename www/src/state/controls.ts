/**
 * What the user has set, and the plan that follows from it. Layers follow the global controls until they have settings
 * of their own: because it was suggested to keep them, because a search chose them, or set by hand. Those that were
 * set by hand are locked: a search leaves them as they are.
 */
import {
  type Fit,
  type Fixed,
  type LayerView,
  type Method,
  type ModelView,
  type Plan,
  type Setting,
  USUAL_RANK,
  USUAL_SPARSITY,
  type Values,
} from '../protocol/generated.ts';
import { KEEP, nonzerosAtMost, nonzerosOf, rankOf, settingNear, viewOf } from './cost.ts';
import { offeredMethods } from './methods.ts';

/** A layer's own settings, and who made them. */
export type Own = Fixed & { by: 'suggestion' | 'search' | 'hand' };

export type Controls = {
  method: Method;
  /** Percent of each layer's full rank. */
  rank: number;
  /** Percent of zeros: in the code of a dictionary, else among as many weights as the layer has. */
  sparsity: number;
  /** What the weights are fitted to. */
  fit: Fit;
  /** How the values of layers that follow are stored. */
  values: Values;
  own: ReadonlyMap<string, Own>;
};

/** Every random choice starts from here, so that the same settings give the same model everywhere. */
export const SEED = 1;

/** Nothing is compressed. */
export const NO_CONTROLS: Controls = {
  method: 'keep',
  rank: 0,
  sparsity: 0,
  fit: 'plain',
  values: 'float',
  own: new Map(),
};

export const initialControls = (model: ModelView): Controls => ({
  ...NO_CONTROLS,
  method: offeredMethods(model)[0] ?? 'keep',
  rank: USUAL_RANK,
  sparsity: USUAL_SPARSITY,
  own: new Map(model.layers.filter(startsKept).map((layer) => [layer.name, SUGGESTED])),
});

const SUGGESTED: Own = { setting: KEEP, values: 'float', by: 'suggestion' };

const startsKept = (layer: LayerView): boolean => layer.methods.length > 0 && layer.suggested === 'keep';

/** What a layer takes when the global choice does not fit it. */
export const fittingMethod = (layer: LayerView, wanted: Method): Method =>
  viewOf(layer, wanted) ? wanted : (layer.methods[0]?.method ?? 'keep');

export const followedSetting = (layer: LayerView, controls: Controls): Setting => {
  const method = fittingMethod(layer, controls.method);
  return settingNear(layer, method, (controls.rank / 100) * layer.fullRank, controls.sparsity / 100);
};

export const settingOf = (layer: LayerView, controls: Controls): Setting => {
  if (layer.methods.length === 0) return KEEP;
  return controls.own.get(layer.name)?.setting ?? followedSetting(layer, controls);
};

export const valuesOf = (layer: LayerView, controls: Controls): Values => {
  if (layer.methods.length === 0) return 'float';
  return controls.own.get(layer.name)?.values ?? controls.values;
};

export const planOf = (model: ModelView, controls: Controls): Plan => {
  const settings = model.layers.map((layer) => [layer.name, settingOf(layer, controls)] as const);
  const values = model.layers.map((layer) => [layer.name, valuesOf(layer, controls)] as const);
  return {
    seed: SEED,
    fit: controls.fit,
    layers: Object.fromEntries(settings.filter(([, setting]) => setting.method !== 'keep')),
    values: Object.fromEntries(values.filter(([, stored]) => stored !== 'float')),
  };
};

/** Two plans are the same plan if and only if their keys are equal. */
export const planKey = (plan: Plan): string => {
  const names = [...new Set([...Object.keys(plan.layers), ...Object.keys(plan.values)])].sort();
  const layers = names.map(
    (name) => `${name}\u0000${settingKey(plan.layers[name] ?? KEEP)}/${plan.values[name] ?? ''}`,
  );
  return [plan.seed, plan.fit, ...layers].join('\u0001');
};

const settingKey = (setting: Setting): string => {
  const fields = Object.entries(setting).map(([field, value]) => `${field}:${value}`);
  return fields.sort().join('/');
};

/** Percent of zeros that a setting leaves; 0 where nothing is sparse. */
export const sparsityOf = (layer: LayerView, setting: Setting): number => {
  const nonzeros = nonzerosOf(setting);
  const most = nonzerosAtMost(layer, setting);
  return nonzeros === null || most === 0 ? 0 : Math.max(0, 100 * (1 - nonzeros / most));
};

export const withOwn = (controls: Controls, layer: string, own: Own): Controls => ({
  ...controls,
  own: new Map(controls.own).set(layer, own),
});

/** A layer set by hand: it keeps how its values are stored. */
export const withSetting = (controls: Controls, layer: LayerView, setting: Setting): Controls =>
  withOwn(controls, layer.name, { setting, values: valuesOf(layer, controls), by: 'hand' });

export const withValues = (controls: Controls, layer: LayerView, values: Values): Controls =>
  withOwn(controls, layer.name, { setting: settingOf(layer, controls), values, by: 'hand' });

export const withoutOwn = (controls: Controls, layer: string): Controls => {
  const own = new Map(controls.own);
  own.delete(layer);
  return { ...controls, own };
};

export const isLocked = (controls: Controls, layer: string): boolean => controls.own.get(layer)?.by === 'hand';

/** Locking keeps what a layer has, for sliders and searches; an unlocked one follows the global controls again. */
export const toggleLock = (controls: Controls, layer: LayerView): Controls =>
  isLocked(controls, layer.name)
    ? withoutOwn(controls, layer.name)
    : withSetting(controls, layer, settingOf(layer, controls));

export const resetLayer = (controls: Controls, layer: LayerView): Controls =>
  startsKept(layer) ? withOwn(controls, layer.name, SUGGESTED) : withoutOwn(controls, layer.name);

/** As at the start: what is suggested to be kept is kept, everything else follows. */
export const resetOwn = (controls: Controls, model: ModelView): Controls => ({
  ...controls,
  own: initialControls(model).own,
});

/** A layer's method chosen by hand: at the rank or sparsity that it has now, or at the global one. */
export const withMethod = (controls: Controls, layer: LayerView, method: Method): Controls => {
  const now = settingOf(layer, controls);
  const rank = rankOf(now) ?? (controls.rank / 100) * layer.fullRank;
  const sparsity = nonzerosOf(now) !== null ? sparsityOf(layer, now) : controls.sparsity;
  return withSetting(controls, layer, settingNear(layer, method, rank, sparsity / 100, now));
};

/** The settings of a plan that was searched for: locked layers keep theirs, the others take the plan's. */
export const withPlan = (controls: Controls, model: ModelView, plan: Plan): Controls => {
  const own = new Map(controls.own);
  for (const layer of model.layers) {
    if (layer.methods.length === 0 || isLocked(controls, layer.name)) continue;
    const setting = plan.layers[layer.name] ?? KEEP;
    own.set(layer.name, { setting, values: plan.values[layer.name] ?? 'float', by: 'search' });
  }
  return { ...controls, fit: plan.fit, own };
};
