/**
 * @file What SparseSep reports (Bhattacharya and Lane, SenSys 2016), as printed there, and what follows from it
 * by division.
 */

/** The paper's megabyte: with 1,000 kB the mean of its ratios is 11.1, with 1,024 it is the 11.3 of its abstract. */
const KB_PER_MB = 1024;

/**
 * Memory in the unit of `unit`; `original` always in MB.
 * @typedef {{ name: string, kind: 'dense' | 'convolutional', original: number, unit: 'KB' | 'MB', svd: number,
 *   sparse: number }} Memory
 * @type {Memory[]}
 */
export const MEMORY = [
  { name: 'Ambient DNN', kind: 'dense', original: 6.4, unit: 'KB', svd: 581, sparse: 390 },
  { name: 'Speaker DNN', kind: 'dense', original: 6.8, unit: 'KB', svd: 749, sparse: 396 },
  { name: 'AlexNet', kind: 'convolutional', original: 232.6, unit: 'MB', svd: 57.2, sparse: 47.3 },
  { name: 'VGG', kind: 'convolutional', original: 527.8, unit: 'MB', svd: 105.4, sparse: 92.1 },
];

/** Speed-ups over all pairs of a model and a platform, and the largest loss of accuracy that the search allowed. */
export const SPEED = { pairs: 12, mean: 13.3, median: 6.8, largest: 86 };
export const ALLOWED_LOSS_PERCENT = 5;

/**
 * How many times smaller a model is by each method, and by sparse coding than by SVD.
 * @param {Memory} memory
 */
export function ratios({ original, unit, svd, sparse }) {
  const whole = unit === 'KB' ? original * KB_PER_MB : original;
  return { svd: whole / svd, sparse: whole / sparse, beyond: svd / sparse };
}

/** @param {number[]} values */
export function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * The middle value, or the mean of the two middle ones.
 * @param {number[]} values
 */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1);
  return mean(middle);
}

/** The mean speed-up of all pairs but the one with the largest. */
export function meanWithoutLargest() {
  return (SPEED.mean * SPEED.pairs - SPEED.largest) / (SPEED.pairs - 1);
}
