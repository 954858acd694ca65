/**
 * What a search has measured on its plan and what keeps that from being better, in sentences.
 */
import { change, percent, sentence, whole } from '../lib/format.ts';
import type { SearchProgress } from '../protocol/generated.ts';
import { isGain, nameInSentence } from './quality.ts';
import { words } from './words.ts';

export const lossText = ({ lost, labelled, metric }: SearchProgress): string => {
  if (lost === null) return words.budget.notMeasured;
  if (metric === 'agreement') return words.budget.lostAgreement(percent(lost / 100), labelled);
  const name = nameInSentence(metric);
  if (!isGain(metric)) return words.budget.errorRise(name, change(1 + lost / 100, 1));
  const points = Math.abs(lost).toFixed(1);
  return lost < 0 ? words.budget.gainedPoints(points, name) : words.budget.lostPoints(points, name);
};

/** What the samples that had no part in the search say, and whose figure the one above is. */
export const heldOutTexts = ({ heldOut, lost, samples }: SearchProgress): string[] => {
  const chose = lost === null ? [] : [words.budget.chose(whole(samples))];
  if (!heldOut) return chose;
  const { score, lost: others, warning } = heldOut;
  const what = isGain(score.metric) ? words.budget.changeClass(percent(others / 100)) : off(others);
  return [...chose, words.budget.heldOut(what, whole(score.samples)), ...(warning ? [sentence(warning)] : [])];
};

/** That more is lost on them than was allowed. */
export const missedText = ({ heldOut }: SearchProgress, maxLoss: number | null): string => {
  if (!heldOut) return words.budget.missedUnsaid;
  const { score, lost } = heldOut;
  const what = isGain(score.metric) ? words.budget.changeClass(percent(lost / 100)) : off(lost);
  return words.budget.missed(what, whole(score.samples), percent((maxLoss ?? 0) / 100));
};

const off = (lost: number): string => words.budget.offBy(percent(lost / 100));

export const boundText = ({ binding }: SearchProgress): string => {
  const names = binding.map((name) => words.budget.limitNames[name]);
  return names.length > 0 ? words.budget.binding(names.join(', ')) : words.budget.bindingNothing;
};
