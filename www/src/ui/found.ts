/**
 * What a search has measured on its plan and what keeps that from being better, in sentences.
 */
import { change, percent } from '../lib/format.ts';
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

export const boundText = ({ binding }: SearchProgress): string => {
  const names = binding.map((name) => words.budget.limitNames[name] ?? name);
  return names.length > 0 ? words.budget.binding(names.join(', ')) : words.budget.bindingNothing;
};
