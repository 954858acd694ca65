/**
 * The button that opens Fit to budget, and its dialog: limits, then the search as it goes, then what it found. A search
 * goes on when the dialog is closed.
 */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Searcher } from '../../state/searcher.ts';
import { search } from '../../state/store.ts';
import { Dialog } from '../../ui/Dialog.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { words } from '../../ui/words.ts';
import { BudgetForm } from './BudgetForm.tsx';
import { Outcome } from './Outcome.tsx';
import { SearchSteps } from './SearchSteps.tsx';

type Props = { searcher: Searcher; plot: ComponentChildren };

export const FitToBudget = ({ searcher, plot }: Props) => {
  const [open, setOpen] = useState(false);
  const running = search.value.kind === 'running';
  const close = (): void => setOpen(false);
  return (
    <>
      <button type="button" class="button primary fit-to-budget" data-busy={running} onClick={() => setOpen(true)}>
        <Icon name="target" />
        {running ? words.budget.running : words.budget.open}
      </button>
      <Dialog title={words.budget.title} open={open} onClose={close} wide>
        <Stage searcher={searcher} plot={plot} onClose={close} />
      </Dialog>
    </>
  );
};

const Stage = ({ searcher, plot, onClose }: Props & { onClose: () => void }) => {
  const now = search.value;
  if (now.kind === 'running') {
    return (
      <div class="budget-going" data-testid="search" data-state="running">
        <SearchSteps progress={now.progress} onStop={() => searcher.stop()} />
        {plot}
      </div>
    );
  }
  if (now.kind === 'found') {
    return (
      <div class="budget-going" data-testid="search" data-state="found">
        <Outcome found={now} searcher={searcher} onClose={onClose} />
        {plot}
      </div>
    );
  }
  return (
    <div data-testid="search" data-state={now.kind}>
      <Setback />
      <BudgetForm onStart={(budget) => void searcher.start(budget)} />
    </div>
  );
};

/** Why the last search has led to nothing. */
const Setback = () => {
  const now = search.value;
  if (now.kind === 'stopped') return <p class="setback">{words.budget.stopped}</p>;
  if (now.kind !== 'failed') return null;
  const sentences = [now.error.message, now.error.hint ?? ''].filter(Boolean);
  return (
    <p class="setback" role="alert" data-testid="search-error">
      <strong>{words.budget.failed}</strong> {sentences.map(capitalised).join(' ')}
    </p>
  );
};

const capitalised = (text: string): string => {
  const whole = /[.!?]$/.test(text) ? text : `${text}.`;
  return whole.charAt(0).toUpperCase() + whole.slice(1);
};
