/**
 * How far the new weights are from the old ones. Left out where it is the large figure already.
 */
import { percent } from '../../lib/format.ts';
import * as derived from '../../state/derived.ts';
import { words } from '../../ui/words.ts';

export const ErrorFigure = () => {
  const shown = derived.shown.value;
  if (!derived.measuresAccuracy.value) return null;
  // Known as soon as the settings are applied, before any sample has been scored.
  const applied = derived.current.value?.applied ?? shown?.result.applied;
  const state = derived.current.value ? 'exact' : 'stale';
  return (
    <div class="cost cost-plain" data-state={applied ? state : 'none'} data-testid="weight-error">
      <span class="cost-name">{words.result.errorShort}</span>
      <span class="cost-value">{applied ? percent(applied.reconstructionError) : words.layers.none}</span>
    </div>
  );
};
