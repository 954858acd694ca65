/**
 * Ranges of axes that are pleasant to read, and places for labels that do not lie on each other.
 */

/** How far below its best value an accuracy axis may start, in ratios: the least that still shows everything asked. */
const WINDOWS = [0.1, 0.2, 0.4, 0.7] as const;

export type Range = { min: number; max: number };

/**
 * The range of an accuracy axis: it ends at or above `best` and starts just low enough for `floor`.
 * What lies below is cut off, which is why `floor` must hold every value that a marker stands on.
 */
export const accuracyRange = (best: number, floor: number): Range => {
  const max = best > 0.95 ? 1 : Math.min(1, Math.ceil((best + 0.02) * 20) / 20);
  for (const window of WINDOWS) {
    const min = Math.floor((max - window) * 20 + 1e-9) / 20;
    if (min > 0 && min <= floor - window * 0.08) return { min, max };
  }
  return { min: 0, max };
};

/** The next of 1, 1.5, 2, 3, 4, 5, 6, 8, 10 times a power of ten at or above `value`. */
export const niceCeiling = (value: number): number => {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const steps = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
  const step = steps.find((candidate) => candidate * power >= value * (1 - 1e-9)) ?? 10;
  return step * power;
};

/** Shifts labels (given by their wanted places) up until they keep `gap`, inside low..high; their order is kept. */
export const spreadLabels = (wanted: readonly number[], gap: number, low: number, high: number): number[] => {
  const order = wanted.map((at, index) => ({ at, index })).sort((a, b) => a.at - b.at);
  let ceiling = high;
  for (const label of [...order].reverse()) {
    label.at = Math.min(label.at, ceiling);
    ceiling = label.at - gap;
  }
  let floor = low;
  for (const label of order) {
    label.at = Math.max(label.at, floor);
    floor = label.at + gap;
  }
  const placed = [...wanted];
  for (const label of order) placed[label.index] = label.at;
  return placed;
};
