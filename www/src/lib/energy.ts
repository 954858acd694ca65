/**
 * How much of a matrix its first singular values hold.
 */

/** The share of the squared Frobenius norm in the first `rank` of the falling singular values. */
export const energyShare = (values: readonly number[], rank: number): number => {
  const square = (sum: number, value: number): number => sum + value * value;
  const all = values.reduce(square, 0);
  return all > 0 ? values.slice(0, rank).reduce(square, 0) / all : 1;
};
