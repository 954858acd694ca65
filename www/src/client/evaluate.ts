/**
 * The evaluation workers, seen from the page as one: samples are shared out once, scores summed.
 */
import { NO_SCORE, type Score } from '../protocol/generated.ts';
import type { Artifact, EvaluateCalls, Lane, NamedFile, SampleArrays, Verification } from '../protocol/message.ts';
import { sum } from '../protocol/score.ts';
import { type CrashedFile, identify, refusal } from './crash.ts';
import type { Engines } from './engine.ts';
import { CallError, isCrash, needsWhole, Rpc } from './rpc.ts';
import { buffersOf, shard, shardSize, together } from './shard.ts';
import { spawn } from './spawn.ts';

/** Samples of the first, coarse figure: half the interval of 1,000, and fast enough to follow a slider. */
const COARSE_SAMPLES = 200;
/** Samples between two looks at the messages: a few milliseconds of work. */
const SLICE_SAMPLES = 100;

export type ScoreAsk = {
  lane: Lane;
  bytes: Uint8Array;
  resumeAt: string | null;
  limit: number;
  report: (score: Score) => void;
};

export type VerifyAsk = {
  arrays: SampleArrays;
  artifact: Artifact;
  /** The same model in float, if it can be run. */
  float: Uint8Array | null;
  report: (score: Score) => void;
};

export const workerCount = (cores: number): number => Math.min(4, Math.max(1, cores - 1));

export class EvaluatePool {
  readonly #engines: Engines;
  readonly #onRestart: () => void;
  readonly #size: number;
  #workers: Promise<Rpc<EvaluateCalls>[]>;
  #current: Rpc<EvaluateCalls>[] = [];
  #arrays: SampleArrays | null = null;
  #base: Uint8Array | null = null;
  #files: readonly CrashedFile[] = [];
  /** After two crashes nothing more is tried until there is something else to score. */
  #refused: CallError | null = null;
  #version = '';
  #epoch = 0;

  constructor(engines: Engines, size: number, onRestart: () => void) {
    this.#engines = engines;
    this.#size = size;
    this.#onRestart = onRestart;
    this.#workers = this.#boot();
  }

  /** What is scored from now on, and the files to name if it ends the engine. Everything that runs is dropped. */
  async prepare(base: Uint8Array, arrays: SampleArrays, files: readonly NamedFile[]): Promise<void> {
    this.#files = await identify(files);
    this.#refused = null;
    this.#base = base;
    this.#arrays = arrays;
    await this.cancelAll();
    const workers = this.#workers;
    try {
      await Promise.all((await workers).map((rpc, index) => this.#replay(rpc, index)));
    } catch (thrown) {
      if (!isCrash(thrown)) throw thrown;
      await this.#follow(workers, thrown);
    }
    if (this.#refused) throw this.#refused;
  }

  score(ask: ScoreAsk): Promise<Score> {
    this.#epoch += 1;
    const epoch = this.#epoch;
    return this.#attempt((workers) => this.#scoreOn(workers, ask, epoch), true);
  }

  /** Runs an artifact over all samples, one verification at a time. */
  verify(ask: VerifyAsk): Promise<Verification> {
    this.#epoch += 1;
    const epoch = this.#epoch;
    return this.#attempt((workers) => this.#verifyOn(workers, ask, epoch), true);
  }

  async cancelAll(): Promise<void> {
    await Promise.all((['now', 'base', 'verify', 'sweep'] as const).map((lane) => this.cancel(lane)));
  }

  async cancel(lane: Lane): Promise<void> {
    this.#epoch += 1;
    const epoch = this.#epoch;
    const workers = await this.#workers.catch(() => []);
    await Promise.all(workers.map((rpc) => rpc.call('cancel', { lane }, { epoch }).catch(() => null)));
  }

  async #attempt<Answer>(
    ask: (workers: Rpc<EvaluateCalls>[]) => Promise<Answer>,
    mayRestart: boolean,
  ): Promise<Answer> {
    const workers = this.#workers;
    try {
      const booted = await workers;
      if (this.#refused) throw this.#refused;
      return await ask(booted);
    } catch (thrown) {
      if (!isCrash(thrown)) throw thrown;
      await this.#follow(workers, thrown);
      if (needsWhole(thrown)) return this.#attempt(ask, mayRestart);
      if (mayRestart) return this.#attempt(ask, false);
      this.#refused = refusal('evaluate', thrown.error, this.#files, this.#version);
      throw this.#refused;
    }
  }

  async #scoreOn(workers: Rpc<EvaluateCalls>[], ask: ScoreAsk, epoch: number): Promise<Score> {
    const shards = workers.length;
    const parts: Score[] = workers.map(() => NO_SCORE);
    const coarse = Math.min(COARSE_SAMPLES, ask.limit);
    const note = (index: number, score: Score): void => {
      parts[index] = score;
      const total = sum(parts);
      if (total.samples >= coarse) ask.report(total);
    };
    const calls = workers.map((rpc, index) => {
      const { lane, bytes, resumeAt } = ask;
      const limit = shardSize(ask.limit, index, shards);
      const first = shardSize(coarse, index, shards);
      const slice = Math.max(1, Math.min(SLICE_SAMPLES, limit));
      const report = (score: Score): void => note(index, score);
      return rpc.call('score', { lane, bytes, resumeAt, first, slice, limit }, { epoch, report }).then((score) => {
        note(index, score);
        return score;
      });
    });
    return sum(await Promise.all(calls));
  }

  async #verifyOn(workers: Rpc<EvaluateCalls>[], ask: VerifyAsk, epoch: number): Promise<Verification> {
    const parts: Score[] = workers.map(() => NO_SCORE);
    const calls = workers.map((rpc, index) => {
      const { artifact, float } = ask;
      const arrays = shard(ask.arrays, index, workers.length);
      const report = (part: Score): void => {
        parts[index] = part;
        ask.report(sum(parts));
      };
      const transfer = buffersOf(arrays);
      return rpc.call('verify', { lane: 'verify', arrays, artifact, float }, { epoch, report, transfer });
    });
    const [first, ...others] = await Promise.all(calls);
    if (!first) throw new Error('there is no evaluation worker');
    return together(first, ...others);
  }

  /** After the end of `workers`: whoever hears of it first starts others, the rest wait for them. */
  async #follow(workers: Promise<Rpc<EvaluateCalls>[]>, cause: CallError): Promise<void> {
    await (workers === this.#workers ? this.#restart(cause) : this.#workers);
  }

  async #restart(cause: CallError): Promise<void> {
    for (const rpc of this.#current) rpc.end();
    if (!needsWhole(cause)) this.#onRestart();
    this.#workers = this.#boot(needsWhole(cause));
    await this.#workers;
  }

  /** What is asked of the light module in vain is refused where the whole one cannot be fetched. */
  async #takeWhole(): Promise<void> {
    try {
      await this.#engines.takeWhole();
    } catch (thrown) {
      if (!(thrown instanceof CallError)) throw thrown;
      this.#refused = thrown;
      this.#base = null;
    }
  }

  async #boot(whole = false): Promise<Rpc<EvaluateCalls>[]> {
    if (whole) await this.#takeWhole();
    const module = await this.#engines.current;
    const workers = Array.from({ length: this.#size }, () => new Rpc<EvaluateCalls>(spawn('evaluate')));
    this.#current = workers;
    for (const rpc of workers) this.#version = (await rpc.call('boot', { module })).version;
    try {
      await Promise.all(workers.map((rpc, index) => this.#replay(rpc, index)));
      return workers;
    } catch (thrown) {
      if (!isCrash(thrown)) throw thrown;
      for (const rpc of workers) rpc.end();
      if (needsWhole(thrown)) return this.#boot(true);
      // What ends a fresh worker is not given to another.
      this.#refused = refusal('evaluate', thrown.error, this.#files, this.#version);
      this.#base = null;
      return this.#boot();
    }
  }

  async #replay(rpc: Rpc<EvaluateCalls>, index: number): Promise<void> {
    if (!this.#arrays || !this.#base) return;
    const arrays = shard(this.#arrays, index, this.#size);
    await rpc.call('set_samples', { arrays }, { transfer: buffersOf(arrays) });
    await rpc.call('set_base', { bytes: this.#base });
  }
}
