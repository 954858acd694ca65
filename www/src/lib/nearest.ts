/**
 * Searching in rising numbers.
 */

/** The index of the value nearest to `wanted` (the smaller one of a tie); -1 for none. */
export const nearestIndex = (rising: readonly number[], wanted: number): number => {
  let low = 0;
  let high = rising.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rising[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  const above = rising[low];
  const below = rising[low - 1];
  if (above === undefined) return -1;
  return below !== undefined && wanted - below <= above - wanted ? low - 1 : low;
};

export const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
