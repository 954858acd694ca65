/**
 * The order in which a curve is filled: ever finer halves, and within each level the points nearest to a place first.
 */

/** Indices 0..steps (steps a power of two): coarse levels first, `thumb` a fractional index. */
export const bisectionOrder = (steps: number, thumb: number): number[] => {
  const nearestFirst = (indices: number[]): number[] =>
    [...indices].sort((a, b) => Math.abs(a - thumb) - Math.abs(b - thumb) || a - b);
  const coarse = Math.max(1, steps / 4);
  const first = multiples(steps, coarse);
  const order = nearestFirst(first);
  const seen = new Set(first);
  for (let stride = coarse / 2; stride >= 1; stride /= 2) {
    const level = multiples(steps, stride).filter((index) => !seen.has(index));
    for (const index of level) seen.add(index);
    order.push(...nearestFirst(level));
  }
  return order;
};

const multiples = (steps: number, stride: number): number[] => {
  const found: number[] = [];
  for (let index = 0; index <= steps; index += stride) found.push(index);
  return found;
};

/** `steps + 1` whole values evenly from low to high, each once. */
export const spread = (low: number, high: number, steps: number): number[] => {
  const values: number[] = [];
  for (let index = 0; index <= steps; index += 1) {
    const value = Math.round(low + ((high - low) * index) / steps);
    if (values[values.length - 1] !== value) values.push(value);
  }
  return values;
};
