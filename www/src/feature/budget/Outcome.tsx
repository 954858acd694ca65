/**
 * What a search has found, what was measured on it and what holds it back.
 */
import { bytes, change, count, percent } from '../../lib/format.ts';
import { planKey, planOf, withPlan } from '../../state/controls.ts';
import { totalCost } from '../../state/cost.ts';
import * as derived from '../../state/derived.ts';
import type { Searcher } from '../../state/searcher.ts';
import { type Search, search } from '../../state/store.ts';
import { words } from '../../ui/words.ts';

type Found = Extract<Search, { kind: 'found' }>;
type Props = { found: Found; searcher: Searcher; onClose: () => void };

export const Outcome = ({ found, searcher, onClose }: Props) => (
  <div class="outcome-of-search" role="status">
    <Figures found={found} />
    <p>{lossOf(found)}</p>
    <p>{heldBack(found)}</p>
    <p class="hint">
      {found.stopped && `${words.budget.stoppedEarly} `}
      {words.budget.took(found.seconds.toFixed(found.seconds < 10 ? 1 : 0))}
    </p>
    <div class="outcome-buttons">
      <button type="button" class="button primary" onClick={onClose}>
        {words.budget.close}
      </button>
      <button
        type="button"
        class="button"
        onClick={() => {
          search.value = { kind: 'idle' };
        }}
      >
        {words.budget.again}
      </button>
      <button type="button" class="link" onClick={() => searcher.undo()}>
        {words.budget.undo}
      </button>
    </div>
  </div>
);

/** The plan's memory and multiply-accumulates: applied if it is what is set now, else from the tables. */
const Figures = ({ found }: { found: Found }) => {
  const model = derived.view.value;
  const plan = found.progress.plan;
  if (!model || !plan) return null;
  const isSet = found.key === derived.key.value;
  const cost =
    (isSet && derived.current.value?.applied) || totalCost(model, planOf(model, withPlan(found.before, model, plan)));
  return (
    <p class="found-figures">
      <span>
        <strong>{bytes(cost.bytes)}</strong> {change(cost.bytes, model.bytes)}
      </span>
      <span>
        <strong>{count(cost.macs)}</strong> {words.budget.macs} {change(cost.macs, model.macs)}
      </span>
    </p>
  );
};

/** Said only of the plan that it was measured on: locks may have changed on the way. */
const lossOf = ({ progress, key }: Found): string => {
  const { plan, lost, labelled } = progress;
  if (lost === null || !plan || planKey(plan) !== key) return words.budget.notMeasured;
  if (!labelled) return words.budget.lostAgreement(percent(lost / 100));
  const points = Math.abs(lost).toFixed(1);
  return lost < 0 ? words.budget.gainedPoints(points) : words.budget.lostPoints(points);
};

const heldBack = ({ progress }: Found): string => {
  const names = progress.binding.map((name) => words.budget.limitNames[name] ?? name);
  return names.length > 0 ? words.budget.binding(names.join(', ')) : words.budget.bindingNothing;
};
