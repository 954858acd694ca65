/**
 * Measures every output of a model that has several, once the settings in hand have been scored.
 */
import { effect } from '@preact/signals';
import { CallError } from '../client/rpc.ts';
import type { SessionClient } from '../client/session.ts';
import type { Plan } from '../protocol/generated.ts';
import { report } from './complain.ts';
import * as derived from './derived.ts';
import * as store from './store.ts';

export const loadOutputs = (session: SessionClient): void => {
  effect(() => {
    const shown = derived.shown.value;
    const several = (derived.view.value?.outputs.length ?? 0) > 1;
    if (!several || shown?.trust !== 'exact' || store.outputs.peek()?.key === shown.result.key) return;
    void measure(session, shown.result.key, shown.result.plan);
  });
};

const measure = async (session: SessionClient, key: string, plan: Plan): Promise<void> => {
  const generation = store.generation.peek();
  const isWanted = (): boolean => generation === store.generation.peek() && key === derived.key.peek();
  try {
    const views = await session.outputs(plan);
    if (isWanted()) store.outputs.value = { key, views };
  } catch (thrown) {
    if (isWanted() && !(thrown instanceof CallError && thrown.superseded)) report('evaluate', thrown);
  }
};
