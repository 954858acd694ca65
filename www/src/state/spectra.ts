/**
 * Fetches the singular values of the chosen layer, once per layer.
 */
import { effect } from '@preact/signals';
import type { SessionClient } from '../client/session.ts';
import { unlessFault } from './complain.ts';
import * as derived from './derived.ts';
import * as store from './store.ts';

export const loadSpectra = (session: SessionClient): void => {
  effect(() => {
    const layer = derived.spectrumLayer.value;
    // After the first figures: the worker has the factors by then and answers at once.
    const ready = store.opening.value === null && store.lastShown.value !== null;
    if (!layer || !ready || layer.fullRank === 0 || store.spectra.peek().has(layer.name)) return;
    void fetchOne(session, layer.name, store.model.peek()?.view.sha256 ?? '');
  });
};

const fetchOne = async (session: SessionClient, name: string, sha256: string): Promise<void> => {
  try {
    const { values } = await session.spectrum(name);
    const same = (store.model.peek()?.view.sha256 ?? '') === sha256;
    if (same) store.spectra.value = new Map(store.spectra.peek()).set(name, values);
  } catch (thrown) {
    // The plot says that there is nothing to show.
    unlessFault(thrown);
  }
};
