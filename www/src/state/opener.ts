/**
 * Opens models and samples: those that come with the page and those that the user brings. Whatever goes wrong, what
 * was open before stays open.
 */
import { batch } from '@preact/signals';
import type { EvaluatePool } from '../client/evaluate.ts';
import { CallError } from '../client/rpc.ts';
import type { SessionClient } from '../client/session.ts';
import { stem } from '../lib/filekind.ts';
import type { NamedFile } from '../protocol/message.ts';
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
      const [model, evaluation] = await Promise.all([fetchFile(choice.model), fetchFile(choice.evaluation)]);
      if (turn !== this.#turn) return;
      await this.#openModel({ defaultId: choice.id, title: choice.title, file: model });
      // Samples are for accuracy; a model that cannot be run here has no use for them.
      if (store.model.value?.view.evaluation === null) await this.#openSamples(choice.evaluation, [evaluation]);
    });
  }

  async openDefaultSamples(choice: store.DefaultModel): Promise<void> {
    await this.#guarded(choice.fullSet.name, async (turn) => {
      const evaluation = await fetchFile(choice.evaluation);
      if (turn === this.#turn) await this.#openSamples(choice.evaluation, [evaluation]);
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
    const before = store.samples.value;
    await this.#openModel({ defaultId: null, title: stem(file.name), file });
    if (!before || sorted.npz || sorted.images || sorted.labels) return;
    try {
      await this.#openSamples(before.title, before.files);
    } catch (thrown) {
      if (!(thrown instanceof CallError) || thrown.superseded) throw thrown;
      const inputShape = store.model.value?.view.inputs[0]?.shape ?? [];
      store.notice.value = { kind: 'samples_dropped', name: before.title, inputShape, reason: thrown.error.message };
    }
  }

  async #openSorted(sorted: SortedFiles): Promise<void> {
    if (sorted.npz) return this.#openSamples(stem(sorted.npz.name), [sorted.npz]);
    const half = sorted.images ?? sorted.labels;
    if (!half) return;
    const pair = sorted.images && sorted.labels ? [sorted.images, sorted.labels] : this.#completePair(half, sorted);
    if (!pair) return;
    this.#halfPair = null;
    await this.#openSamples(stem(pair[0]?.name ?? ''), pair);
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
      store.samples.value = null;
      store.spectra.value = new Map();
      store.controls.value = initialControls(view);
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
      store.samples.value = { title, view, arrays, files };
      if (store.notice.value?.kind === 'idx_half') store.notice.value = null;
    });
    if (model.view.evaluation === null) void this.#scoreBase(model.file.bytes, view.samples);
  }

  async #scoreBase(bytes: Uint8Array, limit: number): Promise<void> {
    const generation = store.generation.value;
    const record = (exact: boolean) => (score: { correct: number; samples: number }) => {
      if (generation === store.generation.value) store.baseScore.value = { score, exact };
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
