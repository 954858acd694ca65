/**
 * How samples are shared out among evaluation workers: worker i of n gets the samples i, i + n, i + 2n and so on.
 * The order of the samples is stratified, so every worker's share, and every prefix of it, is representative.
 */
import type { SampleArrays, Verification } from '../protocol/message.ts';
import { sum } from '../protocol/score.ts';

export const shardSize = (samples: number, index: number, shards: number): number =>
  Math.max(0, Math.ceil((samples - index) / shards));

/** Worker `index`'s own copy of its share; it may be transferred. */
export const shard = (arrays: SampleArrays, index: number, shards: number): SampleArrays => {
  const samples = sampleCount(arrays);
  const size = shardSize(samples, index, shards);
  const rows = Array.from({ length: size }, (_, row) => index + row * shards);
  const deal = <Values extends Float32Array | Int32Array>(all: Values, make: (length: number) => Values): Values => {
    const width = samples === 0 ? 0 : all.length / samples;
    const part = make(size * width);
    for (const [row, from] of rows.entries()) part.set(all.subarray(from * width, (from + 1) * width), row * width);
    return part;
  };
  const floats = (length: number): Float32Array => new Float32Array(length);
  return {
    x: deal(arrays.x, floats),
    y: deal(arrays.y, (length) => new Int32Array(length)),
    targets: deal(arrays.targets, floats),
    shape: arrays.shape,
    metric: arrays.metric,
    choosing: arrays.choosing,
  };
};

/** By the values, because not every set has classes. */
export const sampleCount = ({ x, shape }: SampleArrays): number => {
  const width = shape.reduce((product, size) => product * size, 1);
  return width === 0 ? 0 : x.length / width;
};

/** What may be transferred of a copy. */
export const buffersOf = ({ x, y, targets }: SampleArrays): ArrayBuffer[] =>
  [x.buffer, y.buffer, targets.buffer] as ArrayBuffer[];

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
