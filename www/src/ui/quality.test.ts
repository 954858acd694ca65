import { describe, expect, test } from 'vitest';
import { NO_SCORE } from '../protocol/generated.ts';
import { classScore } from '../protocol/score.ts';
import { changeOf, intervalOf, isGain, print, printScore } from './quality.ts';

const ascii = (text: string): string => text.replaceAll('\u00a0', ' ').replaceAll('\u2212', '-');

describe('values', () => {
  test.each([
    ['accuracy', 0.9687, 1000, '96.9 %'],
    ['agreement', 0.9687, 5000, '96.87 %'],
    ['auc', 0.9312, 5000, '93.1 %'],
    ['error', 0.012345, 0, '0.0123'],
    ['reconstruction', 12.345, 0, '12.3'],
    ['weights', 0.05, 0, '5.0 %'],
  ] as const)('%s %d', (measure, value, samples, text) => expect(ascii(print(measure, value, samples))).toBe(text));
  test('nothing measured yet', () => expect(printScore(NO_SCORE)).toBe('\u2013'));
});

describe('changes', () => {
  test('a share by points, more is better', () => {
    const change = changeOf('accuracy', 0.96, 0.97, 500);
    expect([ascii(change.text), change.sign]).toEqual(['-1.0', 'worse']);
  });
  test('an error by its part, less is better', () => {
    expect(ascii(changeOf('error', 1.2, 1, 500).text)).toBe('+20 %');
    expect(changeOf('error', 1.2, 1, 500)).toMatchObject({ unit: '', sign: 'worse' });
    expect(changeOf('reconstruction', 0.9, 1, 500).sign).toBe('better');
    expect(changeOf('error', 1, 1, 500).sign).toBe('same');
  });
});

test('only shares of right samples have an interval', () => {
  expect(intervalOf(classScore(9, 10))).not.toBe(null);
  expect(intervalOf({ ...NO_SCORE, metric: 'auc', samples: 10 })).toBe(null);
  expect([isGain('auc'), isGain('error'), isGain('weights')]).toEqual([true, false, false]);
});
