/**
 * What a search has found, what was measured on it and what holds it back.
 */
import { bytes, count, ratio } from '../../lib/format.ts';
import { planOf, withPlan } from '../../state/controls.ts';
import { totalCost } from '../../state/cost.ts';
import * as derived from '../../state/derived.ts';
import type { Searcher } from '../../state/searcher.ts';
import { type Search, search } from '../../state/store.ts';
import { boundText, heldOutTexts, lossText, missedText } from '../../ui/found.ts';
import { words } from '../../ui/words.ts';

type Found = Extract<Search, { kind: 'found' }>;
type Props = { found: Found; searcher: Searcher; onClose: () => void };

export const Outcome = ({ found, searcher, onClose }: Props) => (
  <div class="outcome-of-search" role="status">
    {found.progress.missed && (
      <p class="setback" data-testid="limit-missed">
        {missedText(found.progress, found.request.maxLoss)}
      </p>
    )}
    <Figures found={found} />
    <p>{lossText(found.progress)}</p>
    {heldOutTexts(found.progress).map((text) => (
      <p key={text}>{text}</p>
    ))}
    <p>{boundText(found.progress)}</p>
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
        <strong>{bytes(cost.bytes)}</strong> {fewer(cost.bytes, model.bytes, words.result.smaller)}
      </span>
      <span>
        <strong>{count(cost.macs)}</strong> {words.budget.macs} {fewer(cost.macs, model.macs, words.result.fewer)}
      </span>
    </p>
  );
};

/** How many times less, in words; nothing where it is not less. */
const fewer = (now: number, before: number, words: (factor: string) => string): string => {
  const { factor, direction } = ratio(now, before);
  return direction === 'smaller' ? words(factor) : '';
};
