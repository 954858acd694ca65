/**
 * Opens models and samples: those that come with the page and those that the user brings. Whatever goes wrong, what
 * was open before stays open.
 */
import { batch } from '@preact/signals';
import type { SessionClient } from '../client/session.ts';
import type { Given } from '../lib/given.ts';
import { Latest, type Turn } from '../lib/latest.ts';
import { stem } from '../lib/path.ts';
import { AS_STATED, GUESS, type OpenOptions, type Preprocessing } from '../protocol/generated.ts';
import type { ModelFiles, NamedFile } from '../protocol/message.ts';
import { npzHasLabels } from '../protocol/npz.ts';
import { firstBudget } from './budget.ts';
import { report, unlessRefused } from './complain.ts';
import { initialControls } from './controls.ts';
import { fetchFile } from './fetched.ts';
import { type DataFiles, readFiles, type SortedFiles } from './files.ts';
import { clearResults } from './record.ts';
import type { SampleOpener } from './samples.ts';
import * as store from './store.ts';

type Before = { samples: store.OpenSamples | null; calibration: store.OpenCalibration | null };
type Source = ModelFiles & { defaultId: string | null; title: string };
/** What files are taken as: whatever they look like, or samples to measure with. */
export type Purpose = 'any' | 'test';

export class Opener {
  readonly #session: SessionClient;
  readonly #samples: SampleOpener;
  readonly #latest = new Latest();
  #halfPair: NamedFile | null = null;
  /** What is being opened right now, to name it where it fails. */
  #subject = '';

  constructor(session: SessionClient, samples: SampleOpener) {
    this.#session = session;
    this.#samples = samples;
  }

  async openDefault(choice: store.DefaultModel): Promise<void> {
    await this.#guarded(choice.title, async (turn) => {
      const addresses = [choice.model, choice.evaluation, choice.calibration];
      const [model, evaluation, calibration] = await Promise.all(addresses.map(fetchFile));
      if (!model || !evaluation || !calibration || !turn.isNewest()) return;
      await this.#openModel({ defaultId: choice.id, title: choice.title, files: [model], options: AS_STATED });
      // Samples are for accuracy; a model that cannot be run here has no use for them.
      if (!turn.isNewest() || !store.model.value?.base) return;
      await this.#openTest(choice.evaluation, [evaluation]);
      if (turn.isNewest()) await this.#openCalibration(choice.calibration, [calibration]);
    });
  }

  async openDefaultSamples(choice: store.DefaultModel): Promise<void> {
    await this.#guarded(choice.fullSet.name, async (turn) => {
      const evaluation = await fetchFile(choice.evaluation);
      if (turn.isNewest()) await this.#openTest(choice.evaluation, [evaluation]);
    });
  }

  async openDefaultCalibration(choice: store.DefaultModel): Promise<void> {
    await this.#guarded(choice.calibration, async (turn) => {
      const calibration = await fetchFile(choice.calibration);
      if (turn.isNewest()) await this.#openCalibration(choice.calibration, [calibration]);
    });
  }

  /** Files that were dropped, picked or pasted: a model, samples, or both at once. */
  async openFiles(given: readonly Given[], purpose: Purpose = 'any'): Promise<void> {
    await this.#reading(given, async (sorted, turn) => {
      if (sorted.notice) store.notice.value = sorted.notice;
      if (sorted.model) await this.#openOwnModel(sorted.model, sorted, turn);
      if (!turn.isNewest()) return;
      if (sorted.half) await this.#openHalf(sorted.half);
      if (sorted.data) await this.#openData(sorted.data, purpose);
    });
  }

  /** Labels are not asked for here, nor used where there are some. */
  async openOwnCalibration(given: readonly Given[]): Promise<void> {
    await this.#reading(given, async ({ data, half, notice }) => {
      if (data) await this.#openCalibration(data.title, data.files);
      else if (half) await this.#openCalibration(stem(half.file.name), [half.file]);
      else store.notice.value = notice ?? { kind: 'unknown_file', name: given[0]?.path ?? '' };
    });
  }

  /** The same model with other sizes or another output; settings stay as they are. */
  async reopenModel(options: OpenOptions): Promise<void> {
    const open = store.model.value;
    if (!open) return;
    await this.#guarded(open.title, async (turn) => {
      const before = { samples: store.samples.value, calibration: store.calibration.value };
      const controls = store.controls.value;
      await this.#openModel({ ...open, options });
      if (!turn.isNewest()) return;
      store.controls.value = controls;
      await this.#openBefore(before, turn);
    });
  }

  async cancel(): Promise<void> {
    this.#latest.cancel();
    store.opening.value = null;
    await this.#session.cancelOpening();
  }

  async #openOwnModel(files: NamedFile[], sorted: SortedFiles, turn: Turn): Promise<void> {
    const before = { samples: store.samples.value, calibration: store.calibration.value };
    await this.#openModel({ defaultId: null, title: stem(files[0]?.name ?? ''), files, options: AS_STATED });
    const brings = sorted.data !== null || sorted.half !== null;
    // Another model may want them scaled otherwise.
    const samples = brings || !before.samples ? null : { ...before.samples, options: GUESS };
    await this.#openBefore({ samples, calibration: before.calibration }, turn);
  }

  /** Samples of the model before: those that do not fit this one are put aside with a sentence. */
  async #openBefore({ samples, calibration }: Before, turn: Turn): Promise<void> {
    if (!turn.isNewest() || !store.model.value?.base) return;
    if (samples) {
      const { title, files, options } = samples;
      await this.#openTest(title, files, options).catch((thrown) => putAside(title, thrown));
    }
    if (calibration && turn.isNewest()) {
      // What does not fit is put aside; where the controls offer less for it, they say why.
      const { title, files } = calibration;
      await this.#openCalibration(title, files).catch(unlessRefused);
    }
  }

  async #openData({ title, kind, files }: DataFiles, purpose: Purpose): Promise<void> {
    const [first] = files;
    const unlabelled = kind === 'npz' && first !== undefined && !npzHasLabels(first.bytes);
    if (purpose === 'test' || !unlabelled || !store.model.value) return this.#openTest(title, files);
    await this.#openCalibration(title, files);
    const count = store.calibration.value?.view.samples ?? 0;
    store.notice.value = { kind: 'taken_as_calibration', name: first.name, samples: count };
  }

  /** Files that belong together may come one after the other: the first half waits for the second. */
  async #openHalf({ kind, file }: { kind: store.HalfKind; file: NamedFile }): Promise<void> {
    const waiting = store.notice.peek();
    const fits = waiting?.kind === 'half_pair' && OTHER_HALF[kind] === waiting.has;
    const other = fits ? this.#halfPair : null;
    if (!other) {
      this.#halfPair = file;
      store.notice.value = { kind: 'half_pair', has: kind, name: file.name };
      return;
    }
    this.#halfPair = null;
    const isX = kind === 'idx_images' || kind === 'npy_x';
    const pair = isX ? [file, other] : [other, file];
    await this.#openTest(stem(pair[0]?.name ?? ''), pair);
  }

  async #openModel(source: Source): Promise<void> {
    const { files, options } = source;
    step('analyse', files);
    const { view, base } = await this.#session.openModel({ files, options });
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
      store.model.value = { ...source, view, base };
    });
  }

  async #openTest(title: string, files: NamedFile[], options: Preprocessing = GUESS): Promise<void> {
    this.#subject = subject(title, files);
    if (!store.model.value) {
      store.notice.value = { kind: 'samples_need_model', name: this.#subject };
      return;
    }
    step('samples', files);
    await this.#samples.openTest({ name: title, files, options });
  }

  async #openCalibration(title: string, files: NamedFile[]): Promise<void> {
    this.#subject = subject(title, files);
    step('calibration', files);
    await this.#samples.openCalibration({ name: title, files, options: calibrationOptions() });
  }

  async #reading(given: readonly Given[], work: (sorted: SortedFiles, turn: Turn) => Promise<void>): Promise<void> {
    const first = given[0];
    if (!first) return;
    await this.#guarded(first.path.split('/')[0] ?? first.path, async (turn) => {
      step('read', [{ bytes: { length: given.reduce((total, { file }) => total + file.size, 0) } }]);
      const sorted = await readFiles(given);
      if (turn.isNewest()) await work(sorted, turn);
    });
  }

  /** One opening at a time; the newest wins, and a failure ends in a sentence. */
  async #guarded(name: string, work: (turn: Turn) => Promise<void>): Promise<void> {
    const turn = this.#latest.begin();
    this.#subject = name;
    batch(() => {
      if (store.notice.value?.kind !== 'half_pair') store.notice.value = null;
      store.opening.value = { name, bytes: null, step: 'fetch' };
    });
    try {
      await work(turn);
    } catch (thrown) {
      if (turn.isNewest()) report(this.#subject, thrown);
    }
    if (turn.isNewest()) store.opening.value = null;
  }
}

const OTHER_HALF: Record<store.HalfKind, store.HalfKind> = {
  idx_images: 'idx_labels',
  idx_labels: 'idx_images',
  npy_x: 'npy_y',
  npy_y: 'npy_x',
};

/** Samples to fit to are read as those to measure with, as far as that was asked for. */
const calibrationOptions = (): Preprocessing => ({ ...GUESS, ...store.samples.peek()?.options, metric: null });

/** What to call files of which one is to blame: itself, or all of them together. */
const subject = (title: string, files: readonly NamedFile[]): string =>
  files.length > 2 ? title : (files[0]?.name ?? title);

const putAside = (name: string, thrown: unknown): void => {
  const { message } = unlessRefused(thrown);
  const inputShape = store.model.value?.view.inputs[0]?.shape ?? [];
  store.notice.value = { kind: 'samples_dropped', name, inputShape, reason: message };
};

const step = (next: store.OpeningStep, files: readonly { bytes: { length: number } }[]): void => {
  const bytes = files.reduce((total, file) => total + file.bytes.length, 0);
  if (store.opening.value) store.opening.value = { ...store.opening.value, step: next, bytes };
};

/** The layer whose spectrum is worth seeing first. */
const largestLayer = (layers: readonly { name: string; bytes: number; fullRank: number }[]): string | null => {
  const open = layers.filter((layer) => layer.fullRank > 0);
  return open.reduce<(typeof open)[number] | null>((a, b) => (a && a.bytes >= b.bytes ? a : b), null)?.name ?? null;
};
