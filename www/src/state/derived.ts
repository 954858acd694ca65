/**
 * Everything that follows from the store. Nothing here is stored, so nothing here can be out of date.
 */
import { computed } from '@preact/signals';
import { wilson } from '../lib/wilson.ts';
import type { LayerView, Metric } from '../protocol/generated.ts';
import { rightSamples, scoreValue } from '../protocol/score.ts';
import { planKey, planOf } from './controls.ts';
import { totalCost } from './cost.ts';
import { dialOf } from './dial.ts';
import { type DialKind, offeredMethods } from './methods.ts';
import * as store from './store.ts';
import { sweepCosts, sweepOrder, sweepPoints } from './sweep.ts';

/** Points of the curve are scored on the page's set or the first so many samples of a larger one. */
export const SWEEP_SAMPLES = 1000;

export const view = computed(() => store.model.value?.view ?? null);

export const plan = computed(() => (view.value ? planOf(view.value, store.controls.value) : null));
export const key = computed(() => (plan.value ? planKey(plan.value) : ''));

/** Exact at once, before any worker has answered. */
export const cost = computed(() => (view.value && plan.value ? totalCost(view.value, plan.value) : null));

export const current = computed(() => store.results.value.get(key.value) ?? null);

/** Why there is no accuracy, or null where there is one. */
export const qualityLimit = computed<'no_samples' | 'cannot_evaluate' | null>(() => {
  if (view.value?.evaluation) return 'cannot_evaluate';
  return store.samples.value ? null : 'no_samples';
});
export const isMeasured = computed(() => qualityLimit.value === null);

export const wantedSamples = computed(() => store.samples.value?.view.samples ?? 0);

/** How far a figure can be trusted: it is the final one, on its way, of other settings, or not there. */
export type Trust = 'exact' | 'coarse' | 'stale' | 'none';

export type Shown = { result: store.Result; trust: Trust };

/** The result to show: that of these settings, else the last one that was shown, marked as old. */
export const shown = computed<Shown | null>(() => {
  const now = current.value;
  if (now && (now.score || !isMeasured.value)) {
    const exact = !isMeasured.value || (now.score?.samples ?? 0) >= wantedSamples.value;
    return { result: now, trust: exact ? 'exact' : 'coarse' };
  }
  const last = store.lastShown.value;
  return last ? { result: last, trust: 'stale' } : null;
});

/** What quality is measured by: the samples' metric, or how far the new weights are from the old ones. */
export const measure = computed<Metric | 'weights'>(() =>
  isMeasured.value ? (store.samples.value?.view.metric ?? 'accuracy') : 'weights',
);

/** The quality of a result as the curves show it. */
export const qualityOf = (result: store.Result): number | null =>
  isMeasured.value ? scoreValue(result.score) : result.applied.reconstructionError;

export const baseQuality = computed(() => (isMeasured.value ? scoreValue(store.baseScore.value?.score) : 0));

/** Whether the original guesses hardly better than chance: then it is likely that its inputs are not what it expects. */
export const nearChance = computed(() => {
  const base = store.baseScore.value;
  const classes = store.samples.value?.view.classes ?? 0;
  if (!base?.exact || base.score.metric !== 'accuracy' || classes < 2) return false;
  return wilson(rightSamples(base.score), base.score.samples).low <= 1 / classes;
});

/** Whether any layer follows the global controls. */
export const followed = computed(() =>
  Boolean(view.value?.layers.some((layer) => layer.methods.length > 0 && !store.controls.value.own.has(layer.name))),
);
/** Whether layers have settings of their own that they did not start with. */
export const changedOwn = computed(() => [...store.controls.value.own.values()].some((own) => own.by !== 'suggestion'));

/** The search that made the settings that are set now. */
export const found = computed(() => {
  const search = store.search.value;
  return search.kind === 'found' && search.key === key.value ? search : null;
});

/** What the runtime gave on the artifact of the very settings that are set. */
export const verified = computed(() => {
  const now = store.verification.value;
  return now.kind === 'done' && now.key === key.value ? now.found : null;
});

export const methods = computed(() => (view.value ? offeredMethods(view.value) : []));

export const globalRank = computed(() =>
  view.value ? dialOf(view.value, store.controls.value, { kind: 'rank', layer: null }) : null,
);
export const globalSparsity = computed(() =>
  view.value ? dialOf(view.value, store.controls.value, { kind: 'sparsity', layer: null }) : null,
);

/** A slider of the chosen layer, or of the largest that has one, for when no global one moves anything. */
const layerDial = computed(() => {
  const model = view.value;
  if (!model) return null;
  const isChosen = (layer: LayerView): number => Number(layer.name === store.chosenLayer.value);
  const layers = [...model.layers].sort((a, b) => isChosen(b) - isChosen(a) || b.bytes - a.bytes);
  const own = (kind: DialKind, layer: string) => dialOf(model, store.controls.value, { kind, layer });
  const dials = layers.map(({ name }) => own('rank', name) ?? own('sparsity', name));
  return dials.find((found) => found !== null) ?? null;
});

/** The slider in hand; another one where that one is gone. */
export const dial = computed(() => {
  const model = view.value;
  if (!model) return null;
  const inHand = dialOf(model, store.controls.value, store.dialInHand.value);
  const others = [inHand, globalRank.value, globalSparsity.value, layerDial.value];
  return others.find((other) => other?.enabled) ?? globalRank.value;
});

export const curvePoints = computed(() =>
  view.value && dial.value ? sweepPoints(view.value, store.controls.value, dial.value) : [],
);
export const curveCosts = computed(() =>
  view.value && dial.value ? sweepCosts(view.value, store.controls.value, dial.value) : [],
);
/** Tells one curve from another: the same while only the thumb moves. */
export const curveKey = computed(
  () => `${store.generation.value}\u0002${curvePoints.value.map((point) => point.key).join('\u0002')}`,
);
export const curveOrder = computed(() =>
  dial.value ? sweepOrder(curvePoints.value, dial.value.at, dial.value.values.length) : [],
);

/** Whether a result is good enough to be a point of the curve. */
export const fillsPoint = (result: store.Result | undefined): boolean => {
  if (!result) return false;
  if (!isMeasured.value) return true;
  return (result.score?.samples ?? 0) >= Math.min(SWEEP_SAMPLES, wantedSamples.value);
};

export const curveFilled = computed(
  () => curvePoints.value.filter((point) => fillsPoint(store.results.value.get(point.key))).length,
);

export const spectrumLayer = computed(() => {
  const layers = view.value?.layers ?? [];
  return layers.find((layer) => layer.name === store.chosenLayer.value) ?? null;
});

export const busy = computed(() => store.activity.value.kind !== 'idle' || store.opening.value !== null);
