/**
 * What the weights of these figures were fitted to, how the values of the layers that were changed are stored, and
 * what the engine had to do otherwise.
 */
import { sentence } from '../../lib/format.ts';
import type { Plan } from '../../protocol/generated.ts';
import * as derived from '../../state/derived.ts';
import { words } from '../../ui/words.ts';

export const Fitted = () => {
  const result = derived.current.value ?? derived.shown.value?.result;
  if (!result) return null;
  return (
    <div class="hint" data-testid="fitted" data-state={derived.current.value ? 'exact' : 'stale'}>
      <p>{words.result.fitted(words.fits[result.applied.fit].done, stored(result.plan))}</p>
      {result.applied.notes.map((note) => (
        <p key={note}>{sentence(note)}</p>
      ))}
    </div>
  );
};

const stored = (plan: Plan): string => {
  const changed = [...Object.keys(plan.layers), ...Object.keys(plan.values)];
  const ways = new Set(changed.map((name) => plan.values[name] ?? 'float'));
  const [way, ...others] = ways;
  return others.length > 0 ? words.result.severalWays : words.result.storedAs(words.values[way ?? 'float']);
};
