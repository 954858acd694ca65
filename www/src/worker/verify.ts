/**
 * Runs an artifact over this worker's share of the samples with the runtime that the device has, and the same model
 * in float beside it. A slice at a time; everything is given back at the end.
 */
import type { Score } from '../protocol/generated.ts';
import type { EvaluateCalls, Verification } from '../protocol/message.ts';
import { classScore } from '../protocol/score.ts';
import { Evaluator, Verifier } from '../wasm/pkg/sepal_wasm.js';

type Ask = EvaluateCalls['verify']['ask'];

/** Samples between two looks at the messages: a few milliseconds of work. */
const SLICE = 20;

export class VerifyWork {
  readonly #ask: Ask;
  readonly #shape: Uint32Array;
  #runtime: Verifier | null = null;
  #float: Evaluator | null = null;
  #done = 0;
  #correct = 0;
  #agreed = 0;

  constructor(ask: Ask) {
    this.#ask = ask;
    this.#shape = Uint32Array.from(ask.arrays.shape);
  }

  get progress(): Score {
    return classScore(this.#correct, this.#done, this.#ask.arrays.metric);
  }

  /** Does one slice; gives the result when it was the last. */
  step(): Verification | null {
    const { y } = this.#ask.arrays;
    const to = Math.min(y.length, this.#done + SLICE);
    const chosen = this.#artifact().classes(this.#done, to);
    const expected = this.#model()?.classes(this.#done, to);
    chosen.forEach((choice, index) => {
      if (choice === y[this.#done + index]) this.#correct += 1;
      if (choice === expected?.[index]) this.#agreed += 1;
    });
    this.#done = to;
    return to < y.length ? null : this.#finish();
  }

  #artifact(): Verifier {
    if (!this.#runtime) {
      const { bytes, order } = this.#ask.artifact;
      this.#runtime = new Verifier(bytes, this.#shape, order ? Uint32Array.from(order) : undefined);
      this.#runtime.setSamples(this.#ask.arrays.x);
    }
    return this.#runtime;
  }

  #model(): Evaluator | null {
    const { float, arrays } = this.#ask;
    if (!this.#float && float) {
      this.#float = new Evaluator();
      this.#float.setSamples(arrays.x, arrays.y, arrays.targets, this.#shape, arrays.metric);
      this.#float.setModel(float);
    }
    return this.#float;
  }

  #finish(): Verification {
    const { crc, arenaBytes, highWaterBytes } = this.#artifact().info();
    const compared = this.#float ? this.#done : 0;
    this.#runtime?.free();
    this.#float?.free();
    return {
      score: this.progress,
      agreement: classScore(this.#agreed, compared, 'agreement'),
      ...{ crc, arenaBytes, highWaterBytes },
    };
  }
}
