import { expect, test } from 'vitest';
import { Latest } from './latest.ts';

test('only the newest try counts, and none after a cancel', () => {
  const latest = new Latest();
  const first = latest.begin();
  expect(first.isNewest()).toBe(true);
  const second = latest.begin();
  expect([first.isNewest(), second.isNewest()]).toEqual([false, true]);
  latest.cancel();
  expect([first.isNewest(), second.isNewest()]).toEqual([false, false]);
  expect(latest.begin().isNewest()).toBe(true);
});
