/**
 * Runs an artifact over this worker's share of the samples with the runtime that the device has, and the same model
 * in float beside it. A slice at a time; everything is given back at the end.
 */
import { NO_SCORE, type Score } from '../protocol/generated.ts';
import type { EvaluateCalls, Verification } from '../protocol/message.ts';
import { plus } from '../protocol/score.ts';
import { Evaluator, Verifier } from '../wasm/pkg/sepal_wasm.js';

type Ask = EvaluateCalls['verify']['ask'];

/** Samples between two looks at the messages: a few milliseconds of work. */
const SLICE = 20;

export class VerifyWork {
  readonly #ask: Ask;
  readonly #shape: Uint32Array;
  readonly #samples: number;
  #runtime: Verifier | null = null;
  #float: Evaluator | null = null;
  #done = 0;
  #score: Score = NO_SCORE;
  #agreement: Score = NO_SCORE;

  constructor(ask: Ask) {
    this.#ask = ask;
    this.#shape = Uint32Array.from(ask.arrays.shape);
    const width = this.#shape.reduce((product, size) => product * size, 1);
    this.#samples = width === 0 ? 0 : ask.arrays.x.length / width;
  }

  get progress(): Score {
    return this.#score;
  }

  /** Does one slice; gives the result when it was the last. */
  step(): Verification | null {
    const [from, to] = [this.#done, Math.min(this.#samples, this.#done + SLICE)];
    const runtime = this.#artifact();
    this.#score = plus(this.#score, runtime.score(from, to));
    const expected = this.#model()?.outputs(from, to);
    if (expected) this.#agreement = plus(this.#agreement, runtime.agreement(from, to, expected));
    this.#done = to;
    return to < this.#samples ? null : this.#finish();
  }

  #artifact(): Verifier {
    if (!this.#runtime) {
      const { bytes, order } = this.#ask.artifact;
      const { x, y, targets, metric, choosing } = this.#ask.arrays;
      this.#runtime = new Verifier(bytes, this.#shape, order ? Uint32Array.from(order) : undefined);
      this.#runtime.setSamples(x, y, targets, { metric, choosing });
    }
    return this.#runtime;
  }

  #model(): Evaluator | null {
    const { float, arrays } = this.#ask;
    if (!this.#float && float) {
      this.#float = new Evaluator();
      const { x, y, targets, metric, choosing } = arrays;
      this.#float.setSamples(x, y, targets, this.#shape, { metric, choosing });
      this.#float.setModel(float);
    }
    return this.#float;
  }

  #finish(): Verification {
    const { crc, arenaBytes, highWaterBytes } = this.#artifact().info();
    this.#runtime?.free();
    this.#float?.free();
    return { score: this.#score, agreement: this.#agreement, ...{ crc, arenaBytes, highWaterBytes } };
  }
}
