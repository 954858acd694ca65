/**
 * Runs the artifact of the settings that are set over the test set, with the code that the device runs. What it finds
 * is kept together with the settings that it is of, and only of those is it ever said.
 */
import { effect } from '@preact/signals';
import type { EvaluatePool } from '../client/evaluate.ts';
import { CallError } from '../client/rpc.ts';
import type { SessionClient } from '../client/session.ts';
import { Latest } from '../lib/latest.ts';
import type { Plan, Score } from '../protocol/generated.ts';
import type { SampleArrays, Verification } from '../protocol/message.ts';
import { unlessFault } from './complain.ts';
import * as derived from './derived.ts';
import * as store from './store.ts';

export class Verifier {
  readonly #session: SessionClient;
  readonly #pool: EvaluatePool;
  readonly #latest = new Latest();

  constructor(session: SessionClient, pool: EvaluatePool) {
    this.#session = session;
    this.#pool = pool;
  }

  /** A verification of other settings than those that are set is of no use to anyone. */
  start(): void {
    effect(() => {
      const key = derived.key.value;
      const now = store.verification.peek();
      if (now.kind === 'running' && now.key !== key) void this.cancel();
    });
  }

  async cancel(): Promise<void> {
    this.#latest.cancel();
    store.verification.value = { kind: 'none' };
    await Promise.all([this.#session.cancel('verify'), this.#pool.cancel('verify')]);
  }

  /** What the runtime gives for these settings, known or found out now; null where it cannot be said. */
  async verify(): Promise<Verification | null> {
    const known = derived.verified.peek();
    const samples = store.samples.peek();
    const plan = derived.plan.peek();
    if (known || !samples || !plan) return known;
    const turn = this.#latest.begin();
    const key = derived.key.peek();
    const generation = store.generation.peek();
    const isWanted = (): boolean =>
      turn.isNewest() && generation === store.generation.peek() && store.verification.peek().kind === 'running';
    store.verification.value = { kind: 'running', key, samples: 0 };
    try {
      const found = await this.#run(plan, samples.arrays, (score) => {
        if (isWanted()) store.verification.value = { kind: 'running', key, samples: score.samples };
      });
      if (!isWanted()) return null;
      store.verification.value = { kind: 'done', key, found };
      return found;
    } catch (thrown) {
      if (isWanted()) store.verification.value = outcome(key, thrown);
      unlessFault(thrown);
      return null;
    }
  }

  async #run(plan: Plan, arrays: SampleArrays, report: (score: Score) => void): Promise<Verification> {
    const artifact = await this.#session.artifact(plan);
    const withBytes = derived.isMeasured.peek();
    const { bytes: float } = await this.#session.apply({ plan, lane: 'verify', withBytes });
    return this.#pool.verify({ arrays, artifact, float, report });
  }
}

const outcome = (key: string, thrown: unknown): store.Verification =>
  thrown instanceof CallError && !thrown.superseded ? { kind: 'failed', key, error: thrown.error } : { kind: 'none' };
