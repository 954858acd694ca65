/**
 * Opens samples: labelled ones to measure with, unlabelled ones to fit to. What was open stays if that fails.
 */
import { batch } from '@preact/signals';
import type { EvaluatePool } from '../client/evaluate.ts';
import type { SessionClient } from '../client/session.ts';
import type { Score } from '../protocol/generated.ts';
import type { SampleFiles } from '../protocol/message.ts';
import { report } from './complain.ts';
import { clearResults } from './record.ts';
import * as store from './store.ts';

export class SampleOpener {
  readonly #session: SessionClient;
  readonly #pool: EvaluatePool;

  constructor(session: SessionClient, pool: EvaluatePool) {
    this.#session = session;
    this.#pool = pool;
  }

  /** `isWanted` tells whether the answer is still of use when it comes. */
  async openTest(samples: SampleFiles, isWanted: () => boolean = () => true): Promise<void> {
    const before = store.model.value;
    if (!before) return;
    const { view, arrays, base } = await this.#session.openSamples(samples);
    const model = view.resized ? { ...before, ...(await this.#session.view()) } : before;
    if (!isWanted() || before !== store.model.value) return;
    const { name: title, files, options } = samples;
    batch(() => {
      clearResults();
      store.baseScore.value = null;
      store.model.value = model;
      store.samples.value = { title, view, arrays, files, options };
      if (store.notice.value?.kind === 'half_pair') store.notice.value = null;
    });
    try {
      await this.#pool.prepare(base, arrays, [...model.files, ...files]);
      void this.#scoreBase(base, view.samples);
    } catch (thrown) {
      report('evaluate', thrown);
    }
  }

  /** With samples to fit to, weights are fitted to the outputs, unless the user has already chosen how. */
  async openCalibration(samples: SampleFiles): Promise<void> {
    const first = store.calibration.value === null;
    const view = await this.#session.openCalibration(samples);
    const model = view.resized ? await this.#session.view() : null;
    const { name: title, files } = samples;
    batch(() => {
      clearResults();
      if (store.model.value && model) store.model.value = { ...store.model.value, ...model };
      store.calibration.value = { title, view, files };
      if (first) store.controls.value = { ...store.controls.value, fit: 'calibrated' };
    });
  }

  async #scoreBase(bytes: Uint8Array, limit: number): Promise<void> {
    const on = store.samples.value;
    const record = (exact: boolean) => (score: Score) => {
      if (on === store.samples.value) store.baseScore.value = { score, exact };
    };
    await this.#pool
      .score({ lane: 'base', bytes, resumeAt: null, limit, report: record(false) })
      .then(record(true), (thrown) => report('evaluate', thrown));
  }
}
