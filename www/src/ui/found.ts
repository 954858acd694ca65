/**
 * What a search has measured on its plan and what keeps that from being better, in sentences.
 */
import { percent } from '../lib/format.ts';
import type { SearchProgress } from '../protocol/generated.ts';
import { words } from './words.ts';

export const lossText = ({ lost, labelled }: SearchProgress): string => {
  if (lost === null) return words.budget.notMeasured;
  if (!labelled) return words.budget.lostAgreement(percent(lost / 100));
  const points = Math.abs(lost).toFixed(1);
  return lost < 0 ? words.budget.gainedPoints(points) : words.budget.lostPoints(points);
};

export const boundText = ({ binding }: SearchProgress): string => {
  const names = binding.map((name) => words.budget.limitNames[name] ?? name);
  return names.length > 0 ? words.budget.binding(names.join(', ')) : words.budget.bindingNothing;
};
