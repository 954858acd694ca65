/**
 * How samples are shared out among evaluation workers: worker i of n gets the samples i, i + n, i + 2n and so on.
 * The order of the samples is stratified, so every worker's share, and every prefix of it, is representative.
 */
import type { Score } from '../protocol/generated.ts';
import type { SampleArrays, Verification } from '../protocol/message.ts';

export const shardSize = (samples: number, index: number, shards: number): number =>
  Math.max(0, Math.ceil((samples - index) / shards));

/** Worker `index`'s own copy of its share; it may be transferred. */
export const shard = (arrays: SampleArrays, index: number, shards: number): SampleArrays => {
  const samples = arrays.y.length;
  const width = samples === 0 ? 0 : arrays.x.length / samples;
  const size = shardSize(samples, index, shards);
  const x = new Float32Array(size * width);
  const y = new Int32Array(size);
  for (let row = 0; row < size; row += 1) {
    const from = index + row * shards;
    x.set(arrays.x.subarray(from * width, (from + 1) * width), row * width);
    y[row] = arrays.y[from] ?? 0;
  }
  return { x, y, shape: arrays.shape };
};

/** Whole numbers summed in index order: the same result for any number of workers. */
export const sum = (scores: readonly Score[]): Score =>
  scores.reduce(
    (total, score) => ({ correct: total.correct + score.correct, samples: total.samples + score.samples }),
    { correct: 0, samples: 0 },
  );

/** What all workers found of one artifact, each on its share; what it is they all know. */
export const together = (first: Verification, ...others: readonly Verification[]): Verification => {
  const parts = [first, ...others];
  return {
    ...first,
    score: sum(parts.map((part) => part.score)),
    agreement: sum(parts.map((part) => part.agreement)),
    highWaterBytes: Math.max(...parts.map((part) => part.highWaterBytes)),
  };
};
