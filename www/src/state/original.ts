/**
 * Asks what the artifact of the original takes on a device, once for each model.
 */
import { effect } from '@preact/signals';
import type { SessionClient } from '../client/session.ts';
import type { Plan } from '../protocol/generated.ts';
import { SEED } from './controls.ts';
import { costOnDevice } from './footprint.ts';
import * as store from './store.ts';

const NOTHING_DONE: Plan = { seed: SEED, fit: 'plain', layers: {}, values: {} };

export const loadOriginal = (session: SessionClient): void => {
  let asked = '';
  effect(() => {
    const file = store.model.value?.view.sha256 ?? '';
    // After the first figures, so that they do not wait for this.
    const ready = store.lastShown.value !== null;
    if (file === asked || !ready) return;
    asked = file;
    store.originalDevice.value = null;
    void session.apply({ plan: NOTHING_DONE, lane: 'base', withBytes: false }).then(
      ({ applied }) => {
        if (asked === file) store.originalDevice.value = costOnDevice(applied.device);
      },
      () => {
        // The curves show memory then; the rest of the page does not need it.
      },
    );
  });
};
