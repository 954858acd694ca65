/**
 * Turns settings into figures: at most one request per frame, the newest wins, and a result is stored under the plan
 * that it belongs to.
 */
import { effect } from '@preact/signals';
import type { EvaluatePool } from '../client/evaluate.ts';
import { CallError } from '../client/rpc.ts';
import type { SessionClient } from '../client/session.ts';
import { Latest, type Turn } from '../lib/latest.ts';
import type { AppliedModel, FactorReport } from '../protocol/message.ts';
import { report, unlessFault } from './complain.ts';
import * as derived from './derived.ts';
import { type Engine, measure, type Subject } from './measure.ts';
import { has } from './methods.ts';
import { recordCosts, recordTried } from './record.ts';
import * as store from './store.ts';

type Job = Subject & { turn: Turn };

export class Runner {
  readonly #engine: Engine;
  readonly #latest = new Latest();
  #frame = 0;
  /** What was asked for last. */
  #asked: Job | null = null;

  constructor(session: SessionClient, pool: EvaluatePool) {
    this.#engine = { session, pool };
  }

  start(): void {
    effect(() => {
      const open = derived.key.value !== '' && store.opening.value === null;
      const generation = store.generation.value;
      if (open && generation > 0) this.#schedule();
    });
    effect(() => {
      const shown = derived.shown.value;
      if (shown && shown.trust !== 'stale') store.lastShown.value = shown.result;
    });
  }

  /** Stops factoring and goes back to the last settings that have results. */
  async cancel(): Promise<void> {
    this.#latest.cancel();
    await this.#engine.session.cancel('now');
    store.activity.value = { kind: 'idle' };
    const last = store.lastShown.value;
    if (last) store.controls.value = last.controls;
  }

  #schedule(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      void this.#run();
    });
  }

  async #run(): Promise<void> {
    const plan = derived.plan.peek();
    if (!plan || store.opening.peek()) return;
    const subject = {
      generation: store.generation.peek(),
      key: derived.key.peek(),
      plan,
      controls: store.controls.peek(),
    };
    if (this.#isUnderWay(subject)) return;
    const job = { ...subject, turn: this.#latest.begin() };
    this.#asked = job;
    const known = store.results.peek().get(job.key);
    if (known && isFinal(known)) {
      this.#settle(job);
      return;
    }
    store.activity.value = { kind: 'applying' };
    try {
      await this.#compute(job);
      if (this.#isNewest(job)) this.#settle(job);
    } catch (thrown) {
      this.#explain(job, thrown);
    }
  }

  #isUnderWay({ key, generation }: Subject): boolean {
    const asked = this.#asked;
    return asked?.turn.isNewest() === true && asked.key === key && asked.generation === generation;
  }

  async #compute(job: Job): Promise<void> {
    const report = (value: FactorReport): void => this.#reportFactoring(job, value);
    const applied = (done: AppliedModel): boolean => {
      this.#refreshCosts(job, done);
      if (!done.bytes || !this.#isNewest(job)) return false;
      store.activity.value = { kind: 'evaluating' };
      return true;
    };
    const limit = (): number => derived.wantedSamples.peek();
    await measure(this.#engine, job, { lane: 'now', limit, live: { report, applied } });
  }

  #refreshCosts(job: Job, done: AppliedModel): void {
    const model = derived.view.peek();
    for (const layer of done.factored) {
      const method = job.plan.layers[layer]?.method;
      if (!model || !method || !has(model, method, 'learned') || job.plan.fit === 'sequential') continue;
      void this.#engine.session
        .costs(layer)
        .then((methods) => recordCosts(job.generation, layer, methods), unlessFault);
    }
  }

  #reportFactoring(job: Job, { task, done, total }: FactorReport): void {
    if (this.#isNewest(job)) store.activity.value = { kind: 'factoring', task, done, total };
  }

  #settle(job: Job): void {
    recordTried(job.key);
    store.activity.value = { kind: 'idle' };
  }

  #explain(job: Job, thrown: unknown): void {
    if (!this.#isNewest(job)) return;
    this.#latest.cancel();
    if (thrown instanceof CallError && thrown.superseded) return;
    store.activity.value = { kind: 'idle' };
    const stage = thrown instanceof CallError ? thrown.error.stage : '';
    report(stage === 'evaluate' ? 'evaluate' : 'apply', thrown);
  }

  #isNewest(job: Job): boolean {
    return job.turn.isNewest() && job.generation === store.generation.peek();
  }
}

const isFinal = (result: store.Result): boolean =>
  !derived.isMeasured.peek() || (result.score?.samples ?? 0) >= derived.wantedSamples.peek();
