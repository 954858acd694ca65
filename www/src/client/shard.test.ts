import { expect, test } from 'vitest';
import { workerCount } from './evaluate.ts';
import { shard, shardSize, sum, together } from './shard.ts';

const arrays = {
  x: Float32Array.from({ length: 10 }, (_, index) => index),
  y: Int32Array.of(0, 1, 2, 3, 4),
  shape: [2],
};

test('samples are dealt out in turn, none lost', () => {
  const parts = [0, 1].map((index) => shard(arrays, index, 2));
  expect(parts.map((part) => [...part.y])).toEqual([
    [0, 2, 4],
    [1, 3],
  ]);
  expect([...(parts[1]?.x ?? [])]).toEqual([2, 3, 6, 7]);
});

test('the sizes of the shares add up', () => {
  for (const shards of [1, 2, 3, 4]) {
    const sizes = Array.from({ length: shards }, (_, index) => shardSize(1145, index, shards));
    expect(sizes.reduce((a, b) => a + b, 0)).toBe(1145);
  }
});

test('scores are summed', () => {
  const total = sum([
    { correct: 3, samples: 4 },
    { correct: 1, samples: 2 },
  ]);
  expect(total).toEqual({ correct: 4, samples: 6 });
});

test('what each worker found of an artifact becomes one finding', () => {
  const about = { crc: '1a2b3c4d', arenaBytes: 1204 };
  const of = (correct: number, samples: number) => ({ correct, samples });
  const first = { score: of(3, 4), agreement: of(4, 4), highWaterBytes: 1200, ...about };
  const second = { score: of(1, 3), agreement: of(2, 3), highWaterBytes: 1204, ...about };
  expect(together(first, second)).toEqual({ score: of(4, 7), agreement: of(6, 7), highWaterBytes: 1204, ...about });
});

test('between one and four workers, one core left for the page', () => {
  expect([1, 2, 4, 16].map(workerCount)).toEqual([1, 1, 3, 4]);
});
