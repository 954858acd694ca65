/**
 * The ways in which results enter the store. Each is dropped if model or samples have changed since it was asked for.
 */
import { batch } from '@preact/signals';
import { remember } from '../lib/lru.ts';
import type { MethodView, Score } from '../protocol/generated.ts';
import * as store from './store.ts';

const KEPT_RESULTS = 200;
const KEPT_TRAIL = 60;

export const recordResult = (generation: number, result: store.Result): void => {
  if (generation !== store.generation.value) return;
  const before = store.results.value.get(result.key);
  const score = better(result.score, before?.score ?? null);
  store.results.value = remember(store.results.value, result.key, { ...result, score }, KEPT_RESULTS);
};

/** A score on more samples is never replaced by one on fewer. */
const better = (next: Score | null, before: Score | null): Score | null =>
  before && before.samples > (next?.samples ?? 0) ? before : next;

export const recordTried = (key: string): void => {
  if (store.trail.value[store.trail.value.length - 1] === key) return;
  store.trail.value = [...store.trail.value, key].slice(-KEPT_TRAIL);
};

/** The tables of a layer again, exact now that its dictionary has been learned. */
export const recordCosts = (generation: number, name: string, methods: MethodView[]): void => {
  const open = store.model.value;
  if (!open || generation !== store.generation.value) return;
  const layers = open.view.layers.map((layer) => (layer.name === name ? { ...layer, methods } : layer));
  store.model.value = { ...open, view: { ...open.view, layers } };
};

/** Forgets every plan's result; what the original scored stays. */
export const clearResults = (): void =>
  batch(() => {
    store.generation.value += 1;
    store.results.value = new Map();
    store.trail.value = [];
    store.lastShown.value = null;
    store.outputs.value = null;
    store.search.value = { kind: 'idle' };
    store.verification.value = { kind: 'none' };
  });
