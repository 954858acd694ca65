/**
 * The interval in which an accuracy lies.
 */

/** 97.5 % quantile of the normal distribution: a two-sided interval of 95 %. */
const Z = 1.959964;

export type Interval = { low: number; high: number };

/**
 * Wilson's score interval for `correct` of `samples`, as ratios; the whole range where there is nothing to go by.
 * Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference", eq. 4.
 */
export const wilson = (correct: number, samples: number): Interval => {
  if (samples <= 0) return { low: 0, high: 1 };
  const share = correct / samples;
  const z2 = Z * Z;
  const centre = (share + z2 / (2 * samples)) / (1 + z2 / samples);
  const half = (Z / (1 + z2 / samples)) * Math.sqrt((share * (1 - share)) / samples + z2 / (4 * samples * samples));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
};
