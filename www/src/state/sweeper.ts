/**
 * Fills the curve over the slider in hand, one point after the other, whenever the workers have nothing more urgent.
 */
import { effect } from '@preact/signals';
import type { EvaluatePool } from '../client/evaluate.ts';
import type { SessionClient } from '../client/session.ts';
import { unlessFault } from './complain.ts';
import * as derived from './derived.ts';
import { type Engine, measure } from './measure.ts';
import * as store from './store.ts';
import type { SweepPoint } from './sweep.ts';

export class Sweeper {
  readonly #engine: Engine;
  #curve = '';
  #running = false;
  /** Points of this curve that the engine refused; they are left out, not asked for again. */
  #failed = new Set<string>();

  constructor(session: SessionClient, pool: EvaluatePool) {
    this.#engine = { session, pool };
  }

  start(): void {
    effect(() => {
      const curve = derived.curveKey.value;
      const ready = store.opening.value === null && store.lastShown.value !== null && !store.sweepPaused.value;
      if (curve !== this.#curve) this.#startOver(curve);
      if (ready) void this.#run();
    });
  }

  /** Leaves the curve as it is until another slider is taken in hand. */
  async pause(): Promise<void> {
    store.sweepPaused.value = true;
    await this.#stop();
  }

  #startOver(curve: string): void {
    this.#curve = curve;
    this.#failed = new Set();
    store.sweepPaused.value = false;
    void this.#stop();
  }

  async #stop(): Promise<void> {
    const { session, pool } = this.#engine;
    if (this.#running) await Promise.all([session.cancel('sweep'), pool.cancel('sweep')]);
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    for (let point = this.#next(); point; point = this.#next()) {
      const curve = this.#curve;
      try {
        await this.#fill(point);
      } catch (thrown) {
        unlessFault(thrown);
        if (curve === this.#curve) this.#failed.add(point.key);
      }
    }
    this.#running = false;
  }

  #next(): SweepPoint | null {
    if (store.sweepPaused.peek() || store.opening.peek()) return null;
    const missing = (point: SweepPoint): boolean =>
      !this.#failed.has(point.key) && !derived.fillsPoint(store.results.peek().get(point.key));
    return derived.curveOrder.peek().find(missing) ?? null;
  }

  async #fill(point: SweepPoint): Promise<void> {
    const limit = (): number => Math.min(derived.SWEEP_SAMPLES, derived.wantedSamples.peek());
    await measure(this.#engine, { ...point, generation: store.generation.peek() }, { lane: 'sweep', limit });
  }
}
