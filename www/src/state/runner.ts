/**
 * Turns settings into figures: at most one request per frame, the newest wins, and a result is stored under the plan
 * that it belongs to.
 */
import { effect } from '@preact/signals';
import type { EvaluatePool } from '../client/evaluate.ts';
import { CallError } from '../client/rpc.ts';
import type { SessionClient } from '../client/session.ts';
import type { Plan } from '../protocol/generated.ts';
import type { AppliedModel, FactorReport } from '../protocol/message.ts';
import { report, unlessFault } from './complain.ts';
import type { Controls } from './controls.ts';
import * as derived from './derived.ts';
import { has } from './methods.ts';
import { recordCosts, recordResult, recordTried } from './record.ts';
import * as store from './store.ts';

type Job = { generation: number; key: string; plan: Plan; controls: Controls };

export class Runner {
  readonly #session: SessionClient;
  readonly #pool: EvaluatePool;
  #frame = 0;
  #newest: Job | null = null;

  constructor(session: SessionClient, pool: EvaluatePool) {
    this.#session = session;
    this.#pool = pool;
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
    this.#newest = null;
    await this.#session.cancel('now');
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
    const job: Job = {
      generation: store.generation.peek(),
      key: derived.key.peek(),
      plan,
      controls: store.controls.peek(),
    };
    const known = store.results.peek().get(job.key);
    if (this.#newest?.key === job.key && this.#newest.generation === job.generation) return;
    this.#newest = job;
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

  async #compute(job: Job): Promise<void> {
    const withBytes = derived.isMeasured.peek();
    const report = (value: FactorReport): void => this.#reportFactoring(job, value);
    const done = await this.#session.apply({ plan: job.plan, lane: 'now', withBytes, report });
    const { generation, key, plan, controls } = job;
    recordResult(generation, { key, plan, controls, applied: done.applied, score: null });
    this.#refreshCosts(job, done);
    if (!done.bytes || !this.#isNewest(job)) return;
    store.activity.value = { kind: 'evaluating' };
    const result = { key, plan, controls, applied: done.applied };
    const score = await this.#pool.score({
      lane: 'now',
      bytes: done.bytes,
      resumeAt: done.applied.resumeAt,
      limit: derived.wantedSamples.peek(),
      report: (partial) => recordResult(generation, { ...result, score: partial }),
    });
    recordResult(generation, { ...result, score });
  }

  #refreshCosts(job: Job, done: AppliedModel): void {
    const model = derived.view.peek();
    for (const layer of done.factored) {
      const method = job.plan.layers[layer]?.method;
      if (!model || !method || !has(model, method, 'learned') || job.plan.fit === 'sequential') continue;
      void this.#session.costs(layer).then((methods) => recordCosts(job.generation, layer, methods), unlessFault);
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
    this.#newest = null;
    if (thrown instanceof CallError && thrown.superseded) return;
    store.activity.value = { kind: 'idle' };
    const stage = thrown instanceof CallError ? thrown.error.stage : '';
    report(stage === 'evaluate' ? 'evaluate' : 'apply', thrown);
  }

  #isNewest(job: Job): boolean {
    return this.#newest === job && job.generation === store.generation.peek();
  }
}

const isFinal = (result: store.Result): boolean =>
  !derived.isMeasured.peek() || (result.score?.samples ?? 0) >= derived.wantedSamples.peek();
