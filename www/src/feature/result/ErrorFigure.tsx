/**
 * How far outputs are off in the layer where they are furthest; where nothing is known of outputs, how far the new
 * weights are from the old ones, unless that is the large figure already.
 */
import { percent, shortened } from '../../lib/format.ts';
import type { Applied } from '../../protocol/generated.ts';
import * as derived from '../../state/derived.ts';
import { words } from '../../ui/words.ts';

/** Characters of a layer's name that fit. */
const NAME_LENGTH = 10;

export const ErrorFigure = () => {
  const shown = derived.shown.value;
  // Known as soon as the settings are applied, before any sample has been scored.
  const applied = derived.current.value?.applied ?? shown?.result.applied;
  const state = !applied ? 'none' : derived.current.value ? 'exact' : 'stale';
  const worst = applied ? worstOutput(applied) : null;
  if (worst) {
    const note = words.result.worstOutput(shortened(worst.name, NAME_LENGTH));
    return (
      <Entry id="output-error" name={words.result.outputError} note={note} value={percent(worst.error)} state={state} />
    );
  }
  if (!derived.isMeasured.value) return null;
  const value = applied ? percent(applied.reconstructionError) : words.layers.none;
  return (
    <Entry
      id="weight-error"
      name={words.result.weightError}
      note={words.result.allWeights}
      value={value}
      state={state}
    />
  );
};

type EntryProps = { id: string; name: string; note: string; value: string; state: 'exact' | 'stale' | 'none' };

const Entry = ({ id, name, note, value, state }: EntryProps) => (
  <div class="cost" data-state={state} data-testid={id}>
    <span class="cost-name">{name}</span>
    <span class="cost-value">{value}</span>
    <span class="cost-change">{note}</span>
  </div>
);

const worstOutput = (applied: Applied): { name: string; error: number } | null => {
  const known = applied.layers.flatMap(({ name, outputError }) =>
    outputError === null ? [] : [{ name, error: outputError }],
  );
  return known.reduce<(typeof known)[number] | null>((a, b) => (a && a.error >= b.error ? a : b), null);
};
