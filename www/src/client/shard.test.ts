import { expect, test } from 'vitest';
import { classScore } from '../protocol/score.ts';
import { workerCount } from './evaluate.ts';
import { shard, shardSize, together } from './shard.ts';

const arrays = {
  x: Float32Array.from({ length: 10 }, (_, index) => index),
  y: Int32Array.of(0, 1, 2, 3, 4),
  targets: new Float32Array(0),
  shape: [2],
  metric: 'accuracy' as const,
  choosing: { threshold: 0.5, places: 1, classesLast: false },
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

test('targets are dealt out with their samples, and there need be no classes', () => {
  const targets = Float32Array.of(0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5);
  const part = shard({ ...arrays, y: new Int32Array(0), targets, metric: 'error' }, 1, 2);
  expect([...part.y]).toEqual([]);
  expect([...part.targets]).toEqual([1, 1.5, 3, 3.5]);
});

test('what each worker found of an artifact becomes one finding', () => {
  const about = { crc: '1a2b3c4d', arenaBytes: 1204 };
  const first = { score: classScore(3, 4), agreement: classScore(4, 4), highWaterBytes: 1200, ...about };
  const second = { score: classScore(1, 3), agreement: classScore(2, 3), highWaterBytes: 1204, ...about };
  expect(together(first, second)).toEqual({
    score: classScore(4, 7),
    agreement: classScore(6, 7),
    highWaterBytes: 1204,
    ...about,
  });
});

test('between one and four workers, one core left for the page', () => {
  expect([1, 2, 4, 16].map(workerCount)).toEqual([1, 1, 3, 4]);
});
