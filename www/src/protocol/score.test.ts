import { describe, expect, test } from 'vitest';
import { NO_SCORE, type Score } from './generated.ts';
import { classScore, plus, scoreValue, sum } from './score.ts';

const anomalies = (normal: number[], abnormal: number[]): Score => ({
  ...NO_SCORE,
  metric: 'auc',
  samples: normal.length + abnormal.length,
  normal,
  abnormal,
});
const error = (squaredError: number, samples: number): Score => ({
  ...NO_SCORE,
  metric: 'error',
  squaredError,
  samples,
});

describe('the value of a score', () => {
  test.each<[string, Score, number | null]>([
    ['nothing yet', NO_SCORE, null],
    ['classes', classScore(3, 4), 0.75],
    ['agreement', classScore(1, 4, 'agreement'), 0.25],
    ['an error is a root', error(36, 4), 3],
    ['of the samples that have one', { ...error(36, 5), undefined: 1 }, 3],
    ['no error where no output is a number', { ...error(0, 2), undefined: 2 }, null],
    // As the engine counts it: of six pairs 4 are in order and one is a tie.
    ['the area under the curve', anomalies([1, 2, 3], [2, 4]), 0.75],
    ['no area without abnormal samples', anomalies([1, 2], []), null],
  ])('%s', (_, score, value) => expect(scoreValue(score)).toBe(value));
});

describe('sums', () => {
  test('classes', () => expect(sum([classScore(3, 4), classScore(1, 2)])).toEqual(classScore(4, 6)));
  test('an empty score takes the metric of the other', () => expect(plus(NO_SCORE, error(1, 2))).toEqual(error(1, 2)));
  test('samples without a number', () =>
    expect(plus({ ...classScore(1, 2), undefined: 1 }, classScore(1, 2))).toEqual({
      ...classScore(2, 4),
      undefined: 1,
    }));
  test('errors and anomalies', () => {
    expect(scoreValue(sum([error(4, 1), error(0, 3)]))).toBe(1);
    expect(scoreValue(sum([anomalies([1], []), anomalies([3], [2, 4])]))).toBe(0.75);
  });
});
