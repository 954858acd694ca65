/**
 * Fit to budget: runs a search in the session worker and lands on what it finds. Until then, and if it finds nothing,
 * the settings stay as they are.
 */
import { batch } from '@preact/signals';
import { CallError } from '../client/rpc.ts';
import type { SessionClient } from '../client/session.ts';
import { Latest } from '../lib/latest.ts';
import type { ModelView, SearchProgress, SearchRequest } from '../protocol/generated.ts';
import type { CallFailure } from '../protocol/message.ts';
import type { Budget } from './budget.ts';
import { type Controls, isLocked, planKey, planOf, SEED, settingOf, valuesOf, withPlan } from './controls.ts';
import * as store from './store.ts';

/** What the engine is asked for: layers that were locked by hand stay, all others are searched. */
export const requestOf = (model: ModelView, controls: Controls, budget: Budget, calibrated: boolean): SearchRequest => {
  const { bytes, macs, ramBytes, maxLoss } = budget.limits;
  const locked = model.layers.filter((layer) => isLocked(controls, layer.name));
  const asSet = locked.map((layer) => {
    const fixed = { setting: settingOf(layer, controls), values: valuesOf(layer, controls) };
    return [layer.name, fixed] as const;
  });
  return {
    ...{ bytes, macs, ramBytes, maxLoss },
    // A layer may always be kept whole, with its values stored in fewer bits.
    methods: ['keep', ...budget.methods],
    values: [...budget.values],
    blocks: [1],
    fit: calibrated ? 'sequential' : 'plain',
    seed: SEED,
    locked: Object.fromEntries(asSet),
    refine: true,
  };
};

export class Searcher {
  readonly #session: SessionClient;
  readonly #latest = new Latest();

  constructor(session: SessionClient) {
    this.#session = session;
  }

  async start(budget: Budget): Promise<void> {
    const model = store.model.value?.view;
    if (!model) return;
    const turn = this.#latest.begin();
    const request = requestOf(model, store.controls.value, budget, store.calibration.value !== null);
    const generation = store.generation.value;
    const started = performance.now();
    const isOpen = (): boolean => turn.isNewest() && generation === store.generation.value;
    store.search.value = { kind: 'running', request, progress: null, started };
    try {
      const last = await this.#session.search(request, (progress) => {
        if (isOpen()) store.search.value = { kind: 'running', request, progress, started };
      });
      if (isOpen()) land(request, last, started, false);
    } catch (thrown) {
      if (isOpen()) store.search.value = { kind: 'failed', error: errorOf(thrown) };
    }
  }

  /** Ends the search with the best plan so far, if there is one. */
  stop(): void {
    const now = store.search.value;
    if (now.kind !== 'running') return;
    this.#latest.cancel();
    void this.#session.cancel('search');
    if (now.progress?.plan) land(now.request, now.progress, now.started, true);
    else store.search.value = { kind: 'stopped' };
  }

  /** The settings that were there before the plan that was found. */
  undo(): void {
    const now = store.search.value;
    if (now.kind !== 'found') return;
    batch(() => {
      store.controls.value = now.before;
      store.search.value = { kind: 'idle' };
    });
  }
}

const land = (request: SearchRequest, progress: SearchProgress, started: number, stopped: boolean): void => {
  const model = store.model.value?.view;
  if (!model || !progress.plan) {
    store.search.value = { kind: 'stopped' };
    return;
  }
  const before = store.controls.value;
  const after = withPlan(before, model, progress.plan);
  const seconds = (performance.now() - started) / 1000;
  batch(() => {
    store.controls.value = after;
    const key = planKey(planOf(model, after));
    // Locks may have changed on the way: then the plan that was measured is not the one that is set.
    const lost = progress.plan && planKey(progress.plan) === key ? progress.lost : null;
    store.search.value = { kind: 'found', request, progress: { ...progress, lost }, stopped, seconds, key, before };
  });
};

const errorOf = (thrown: unknown): CallFailure =>
  thrown instanceof CallError
    ? thrown.error
    : { code: 'internal', stage: 'search', node: null, message: String(thrown), hint: null };
