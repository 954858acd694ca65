import { expect, test } from 'vitest';
import { type Job, LaneQueue } from './lanes.ts';

const job = (id: number, epoch: number, lane: Job<string>['lane']): Job<string> => ({ id, epoch, lane, work: `${id}` });

test('the setting in hand goes before the original, and that before the curve', () => {
  const queue = new LaneQueue<string>();
  for (const one of [job(1, 1, 'sweep'), job(2, 1, 'base'), job(3, 1, 'now')]) queue.put(one);
  const served: number[] = [];
  for (let next = queue.next(); next; next = queue.next()) {
    served.push(next.id);
    queue.remove(next);
  }
  expect(served).toEqual([3, 2, 1]);
});

test('a newer epoch supersedes what waits in its own lane only', () => {
  const queue = new LaneQueue<string>();
  queue.put(job(1, 1, 'now'));
  queue.put(job(2, 1, 'sweep'));
  expect(queue.put(job(3, 2, 'now')).map((old) => old.id)).toEqual([1]);
  expect(queue.next()?.id).toBe(3);
});

test('work that comes too late is turned away', () => {
  const queue = new LaneQueue<string>();
  queue.put(job(1, 5, 'now'));
  expect(queue.put(job(2, 4, 'now')).map((old) => old.id)).toEqual([2]);
  expect(queue.next()?.id).toBe(1);
});

test('cancelling empties a lane up to its epoch', () => {
  const queue = new LaneQueue<string>();
  queue.put(job(1, 3, 'sweep'));
  expect(queue.cancel('sweep', 2)).toEqual([]);
  expect(queue.cancel('sweep', 3).map((old) => old.id)).toEqual([1]);
  expect(queue.next()).toBeNull();
});
