/**
 * Reads the open samples again, by other settings: how they are scaled, how their axes lie, what quality is. Waits
 * until the user has finished a setting; the newest wins; settings that do not work leave the samples as they were.
 */
import { CallError } from '../client/rpc.ts';
import { Latest, type Turn } from '../lib/latest.ts';
import { GUESS, type Preprocessing } from '../protocol/generated.ts';
import { unlessFault } from './complain.ts';
import type { SampleOpener } from './samples.ts';
import * as store from './store.ts';

/** The one place where typing is waited for. */
const PATIENCE_MILLIS = 300;

export class SampleReader {
  readonly #opener: SampleOpener;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #latest = new Latest();

  constructor(opener: SampleOpener) {
    this.#opener = opener;
  }

  ask(options: Preprocessing): void {
    const turn = this.#latest.begin();
    set({ draft: options, busy: true, error: null });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#read(options, turn), PATIENCE_MILLIS);
  }

  /** As it was guessed. */
  reset(): void {
    this.ask(GUESS);
  }

  async #read(options: Preprocessing, turn: Turn): Promise<void> {
    const open = store.samples.value;
    if (!open) return;
    const isWanted = (): boolean => turn.isNewest() && open.files === store.samples.value?.files;
    try {
      await this.#opener.openTest({ name: open.title, files: open.files, options }, isWanted);
      if (!isWanted()) return;
      set({ draft: null, busy: false });
      await this.#fitLikewise(options);
    } catch (thrown) {
      if (isWanted()) set({ busy: false, error: thrown instanceof CallError ? thrown.error : null });
      unlessFault(thrown);
    }
  }

  /** Weights are fitted to what the model does with what it sees. */
  async #fitLikewise(options: Preprocessing): Promise<void> {
    const open = store.calibration.value;
    if (!open) return;
    const { title: name, files } = open;
    try {
      await this.#opener.openCalibration({ name, files, options: { ...options, metric: null, labelColumn: null } });
    } catch (thrown) {
      // They stay as they were read before: they need not be of the same kind.
      unlessFault(thrown);
    }
  }
}

const set = (change: Partial<store.PreprocessingForm>): void => {
  store.preprocessing.value = { ...store.preprocessing.value, ...change };
};
