/**
 * Scores: their sums and their one value. Twin of the engine's `Score`.
 */
import { type Metric, NO_SCORE, type Score } from './generated.ts';

/** So many of so many classes are right. */
export const classScore = (correct: number, samples: number, metric: Metric = 'accuracy'): Score => ({
  ...NO_SCORE,
  metric,
  correct,
  samples,
});

/** Both together. An empty one takes the metric and the positions of the other. */
export const plus = (a: Score, b: Score): Score => ({
  metric: a.samples === 0 ? b.metric : a.metric,
  correct: a.correct + b.correct,
  samples: a.samples + b.samples,
  places: a.samples === 0 ? b.places : a.places,
  undefined: a.undefined + b.undefined,
  squaredError: a.squaredError + b.squaredError,
  normal: [...a.normal, ...b.normal],
  abnormal: [...a.abnormal, ...b.abnormal],
});

/** Summed in index order: the same result for any number of workers. */
export const sum = (scores: readonly Score[]): Score => scores.reduce(plus, NO_SCORE);

/** Whether more is better: shares rise from 0 to 1, errors fall to 0. */
export const rises = (metric: Metric): boolean => metric !== 'error' && metric !== 'reconstruction';

/** Whether samples are counted as right or wrong, so that the share has an interval. */
export const countsClasses = (metric: Metric): boolean => metric === 'accuracy' || metric === 'agreement';

/** How many samples are right; of one with a class for each of its positions, the share that is. */
export const rightSamples = (score: Score): number => score.correct / score.places;

/** A ratio, or a root mean squared error of the samples that have one; null where none is known. */
export const scoreValue = (score: Score | null | undefined): number | null => {
  if (!score || score.samples === 0) return null;
  if (countsClasses(score.metric)) return rightSamples(score) / score.samples;
  const defined = score.samples - score.undefined;
  if (!rises(score.metric)) return defined > 0 ? Math.sqrt(score.squaredError / defined) : null;
  return areaUnderCurve(score.normal, score.abnormal);
};

/**
 * The probability that an abnormal sample has a larger error than a normal one, ties counted half; null without
 * samples of both kinds. Source: Mann and Whitney 1947.
 */
const areaUnderCurve = (normal: readonly number[], abnormal: readonly number[]): number | null => {
  if (normal.length === 0 || abnormal.length === 0) return null;
  const sorted = Float64Array.from(normal).sort();
  const pairs = abnormal.map((error) => (before(sorted, error, false) + before(sorted, error, true)) / 2);
  return pairs.reduce((a, b) => a + b, 0) / (normal.length * abnormal.length);
};

/** How many of the sorted values are below `value`, or not above it. */
const before = (sorted: Float64Array, value: number, orEqual: boolean): number => {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const at = sorted[middle] ?? 0;
    if (at < value || (orEqual && at === value)) low = middle + 1;
    else high = middle;
  }
  return low;
};
