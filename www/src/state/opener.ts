/**
 * Opens models and samples: those that come with the page and those that the user brings. Whatever goes wrong, what
 * was open before stays open.
 */
import { batch } from '@preact/signals';
import type { EvaluatePool } from '../client/evaluate.ts';
import { CallError } from '../client/rpc.ts';
import type { SessionClient } from '../client/session.ts';
import { npzHasLabels, stem } from '../lib/filekind.ts';
import type { SepalError } from '../protocol/generated.ts';
import type { NamedFile } from '../protocol/message.ts';
import { firstBudget } from './budget.ts';
import { initialControls } from './controls.ts';
import { readFiles, type SortedFiles } from './files.ts';
import { clearResults } from './record.ts';
import * as store from './store.ts';

type Source = { defaultId: string | null; title: string; file: NamedFile };

export class Opener {
  readonly #session: SessionClient;
  readonly #pool: EvaluatePool;
  #turn = 0;
  #halfPair: NamedFile | null = null;
  /** What is being opened right now, to name it where it fails. */
  #subject = '';

  constructor(session: SessionClient, pool: EvaluatePool) {
    this.#session = session;
    this.#pool = pool;
  }

  async openDefault(choice: store.DefaultModel): Promise<void> {
    await this.#guarded(choice.title, async (turn) => {
      const addresses = [choice.model, choice.evaluation, choice.calibration];
      const [model, evaluation, calibration] = await Promise.all(addresses.map(fetchFile));
      if (!model || !evaluation || !calibration || turn !== this.#turn) return;
      await this.#openModel({ defaultId: choice.id, title: choice.title, file: model });
      // Samples are for accuracy; a model that cannot be run here has no use for them.
      if (store.model.value?.view.evaluation !== null) return;
      await this.#openSamples(choice.evaluation, [evaluation]);
      await this.#openCalibration(choice.calibration, [calibration]);
    });
  }

  async openDefaultSamples(choice: store.DefaultModel): Promise<void> {
    await this.#guarded(choice.fullSet.name, async (turn) => {
      const evaluation = await fetchFile(choice.evaluation);
      if (turn === this.#turn) await this.#openSamples(choice.evaluation, [evaluation]);
    });
  }

  async openDefaultCalibration(choice: store.DefaultModel): Promise<void> {
    await this.#guarded(choice.calibration, async (turn) => {
      const calibration = await fetchFile(choice.calibration);
      if (turn === this.#turn) await this.#openCalibration(choice.calibration, [calibration]);
    });
  }

  /** Files that were dropped, picked or pasted: a model, samples, or both at once. */
  async openFiles(files: readonly File[]): Promise<void> {
    const first = files[0];
    if (!first) return;
    await this.#guarded(first.name, async (turn) => {
      step('read', first.size);
      const sorted = await readFiles(files);
      if (turn !== this.#turn) return;
      if (sorted.notice) store.notice.value = sorted.notice;
      if (sorted.model) await this.#openOwnModel(sorted.model, sorted);
      await this.#openSorted(sorted);
    });
  }

  async cancel(): Promise<void> {
    this.#turn += 1;
    store.opening.value = null;
    await this.#session.cancelOpening();
  }

  async #openOwnModel(file: NamedFile, sorted: SortedFiles): Promise<void> {
    const before = { samples: store.samples.value, calibration: store.calibration.value };
    await this.#openModel({ defaultId: null, title: stem(file.name), file });
    const brings = sorted.npz !== null || sorted.images !== null || sorted.labels !== null;
    if (!brings && before.samples) await this.#openAgain(before.samples);
    if (before.calibration && store.model.value?.view.evaluation === null) {
      // What does not fit is put aside; where the controls offer less for it, they say why.
      const { title, files } = before.calibration;
      await this.#openCalibration(title, files).catch(unlessRefused);
    }
  }

  /** Samples of the model before: those that do not fit this one are put aside with a sentence. */
  async #openAgain(before: store.OpenSamples): Promise<void> {
    try {
      await this.#openSamples(before.title, before.files);
    } catch (thrown) {
      const { message } = unlessRefused(thrown);
      const inputShape = store.model.value?.view.inputs[0]?.shape ?? [];
      store.notice.value = { kind: 'samples_dropped', name: before.title, inputShape, reason: message };
    }
  }

  async #openSorted(sorted: SortedFiles): Promise<void> {
    if (sorted.npz) return this.#openNpz(sorted.npz);
    const half = sorted.images ?? sorted.labels;
    if (!half) return;
    const pair = sorted.images && sorted.labels ? [sorted.images, sorted.labels] : this.#completePair(half, sorted);
    if (!pair) return;
    this.#halfPair = null;
    await this.#openSamples(stem(pair[0]?.name ?? ''), pair);
  }

  /** Labels are not asked for here, nor used where there are some. */
  async openOwnCalibration(files: readonly File[]): Promise<void> {
    const first = files[0];
    if (!first) return;
    await this.#guarded(first.name, async (turn) => {
      step('read', first.size);
      const { npz, notice } = await readFiles(files);
      if (turn !== this.#turn) return;
      if (npz) await this.#openCalibration(stem(npz.name), [npz]);
      else store.notice.value = notice ?? { kind: 'unknown_file', name: first.name };
    });
  }

  /** Samples without labels cannot be a test set: they are taken as what weights are fitted to. */
  async #openNpz(file: NamedFile): Promise<void> {
    const title = stem(file.name);
    if (npzHasLabels(file.bytes) || !store.model.value) return this.#openSamples(title, [file]);
    await this.#openCalibration(title, [file]);
    const count = store.calibration.value?.view.samples ?? 0;
    store.notice.value = { kind: 'taken_as_calibration', name: file.name, samples: count };
  }

  /** IDX files may come one after the other: the first half waits for the second. */
  #completePair(half: NamedFile, sorted: SortedFiles): NamedFile[] | null {
    const kind = sorted.images ? 'idx_images' : 'idx_labels';
    const waiting = store.notice.peek();
    const other = waiting?.kind === 'idx_half' && waiting.has !== kind ? this.#halfPair : null;
    if (other) return kind === 'idx_images' ? [half, other] : [other, half];
    this.#halfPair = half;
    store.notice.value = { kind: 'idx_half', has: kind, name: half.name };
    return null;
  }

  async #openModel(source: Source): Promise<void> {
    step('analyse', source.file.bytes.length);
    const view = await this.#session.openModel(source.file);
    batch(() => {
      clearResults();
      store.baseScore.value = null;
      store.samples.value = null;
      store.calibration.value = null;
      store.spectra.value = new Map();
      store.controls.value = initialControls(view);
      store.budget.value = firstBudget(view);
      store.dialInHand.value = { kind: 'rank', layer: null };
      store.chosenLayer.value = largestLayer(view.layers);
      store.model.value = { ...source, view };
    });
  }

  async #openSamples(title: string, files: NamedFile[]): Promise<void> {
    const model = store.model.value;
    if (!model) {
      store.notice.value = { kind: 'samples_need_model', name: files[0]?.name ?? title };
      return;
    }
    step(
      'samples',
      files.reduce((total, file) => total + file.bytes.length, 0),
    );
    this.#subject = files[0]?.name ?? title;
    const { view, arrays } = await this.#session.openSamples(title, files);
    if (model.view.evaluation === null) await this.#pool.prepare(model.file.bytes, arrays);
    batch(() => {
      clearResults();
      store.baseScore.value = null;
      store.samples.value = { title, view, arrays, files };
      if (store.notice.value?.kind === 'idx_half') store.notice.value = null;
    });
    if (model.view.evaluation === null) void this.#scoreBase(model.file.bytes, view.samples);
  }

  /** With samples to fit to, weights are fitted to the outputs, unless the user has already chosen how. */
  async #openCalibration(title: string, files: NamedFile[]): Promise<void> {
    step(
      'calibration',
      files.reduce((total, file) => total + file.bytes.length, 0),
    );
    this.#subject = files[0]?.name ?? title;
    const first = store.calibration.value === null;
    const view = await this.#session.openCalibration(title, files);
    batch(() => {
      clearResults();
      store.calibration.value = { title, view, files };
      if (first) store.controls.value = { ...store.controls.value, fit: 'calibrated' };
    });
  }

  async #scoreBase(bytes: Uint8Array, limit: number): Promise<void> {
    const on = store.samples.value;
    const record = (exact: boolean) => (score: { correct: number; samples: number }) => {
      if (on === store.samples.value) store.baseScore.value = { score, exact };
    };
    await this.#pool
      .score({ lane: 'base', bytes, resumeAt: null, limit, report: record(false) })
      .then(record(true), (thrown) => report('evaluate', thrown));
  }

  /** One opening at a time; the newest wins, and a failure ends in a sentence. */
  async #guarded(name: string, work: (turn: number) => Promise<void>): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    this.#subject = name;
    batch(() => {
      if (store.notice.value?.kind !== 'idx_half') store.notice.value = null;
      store.opening.value = { name, bytes: null, step: 'fetch' };
    });
    try {
      await work(turn);
    } catch (thrown) {
      if (turn === this.#turn) report(this.#subject, thrown);
    }
    if (turn === this.#turn) store.opening.value = null;
  }
}

const step = (next: store.OpeningStep, bytes: number): void => {
  if (store.opening.value) store.opening.value = { ...store.opening.value, step: next, bytes };
};

const report = (name: string, thrown: unknown): void => {
  if (thrown instanceof CallError) {
    if (!thrown.superseded) store.notice.value = { kind: 'error', title: name, error: thrown.error };
  } else {
    store.notice.value = { kind: 'fetch_failed', name };
  }
};

/** The engine's refusal of a file; anything else is thrown again. */
const unlessRefused = (thrown: unknown): SepalError => {
  if (!(thrown instanceof CallError) || thrown.superseded) throw thrown;
  return thrown.error;
};

const fetchFile = async (address: string): Promise<NamedFile> => {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: HTTP ${response.status}`);
  return { name: address.split('/').pop() ?? address, bytes: new Uint8Array(await response.arrayBuffer()) };
};

/** The layer whose spectrum is worth seeing first. */
const largestLayer = (layers: readonly { name: string; bytes: number; fullRank: number }[]): string | null => {
  const open = layers.filter((layer) => layer.fullRank > 0);
  return open.reduce<(typeof open)[number] | null>((a, b) => (a && a.bytes >= b.bytes ? a : b), null)?.name ?? null;
};
