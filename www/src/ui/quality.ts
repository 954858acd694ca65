/**
 * How a model's quality is written: the one place that knows which metric is a share, which an error, and what a
 * change of it is called.
 */
import * as format from '../lib/format.ts';
import { wilson } from '../lib/wilson.ts';
import type { Metric, Score } from '../protocol/generated.ts';
import { countsClasses, rightSamples, rises, scoreValue } from '../protocol/score.ts';
import { words } from './words.ts';

/** What quality is measured by: a metric, or how far the new weights are from the old ones. */
export type Measure = Metric | 'weights';

/** Errors are in the unit of the outputs; everything else is a share. */
export const isShare = (measure: Measure): boolean => measure === 'weights' || rises(measure);
/** Whether more is better. */
export const isGain = (measure: Measure): boolean => measure !== 'weights' && rises(measure);

export const nameOf = (measure: Measure): string => words.metrics[measure].name;
/** Within a sentence: only what is an abbreviation keeps its capitals. */
export const nameInSentence = (measure: Measure): string =>
  measure === 'auc' ? nameOf(measure) : nameOf(measure).replace(/^./, (first) => first.toLowerCase());
export const shortNameOf = (measure: Measure): string => words.metrics[measure].short;

/** A value as it is printed; `samples` says how many digits of an accuracy mean something. */
export const print = (measure: Measure, value: number, samples = 0): string => {
  if (measure === 'weights' || measure === 'auc') return format.percent(value);
  return isShare(measure) ? format.accuracy(value, samples) : format.plain(value);
};

export const printScore = (score: Score): string => {
  const value = scoreValue(score);
  if (value === null && score.undefined > 0) return words.result.undefined(format.whole(score.undefined));
  return value === null ? words.layers.none : print(score.metric, value, score.samples);
};

export type Change = { text: string; unit: string; sign: 'better' | 'worse' | 'same' };

/** Shares change by points, errors by a share of what they were. */
export const changeOf = (metric: Metric, now: number, before: number, samples: number): Change => {
  if (!isShare(metric)) {
    const relative = before > 0 ? now / before - 1 : 0;
    return { text: format.change(now, before), unit: '', sign: signOf(-relative, 0.0005) };
  }
  const difference = now - before;
  const digits = samples > 1000 ? 2 : 1;
  return { text: format.points(difference, digits), unit: words.result.pointsUnit, sign: signOf(difference, 0.0005) };
};

const signOf = (gain: number, least: number): Change['sign'] =>
  gain > least ? 'better' : gain < -least ? 'worse' : 'same';

/** The interval in which a share of right samples lies; other metrics have none. */
export const intervalOf = (score: Score): { low: number; high: number } | null =>
  countsClasses(score.metric) ? wilson(rightSamples(score), score.samples) : null;
