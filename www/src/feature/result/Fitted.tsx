/**
 * What the weights of these figures were fitted to, and how their values are stored.
 */
import type { Plan } from '../../protocol/generated.ts';
import * as derived from '../../state/derived.ts';
import { words } from '../../ui/words.ts';

export const Fitted = () => {
  const result = derived.current.value ?? derived.shown.value?.result;
  const view = derived.view.value;
  if (!result || !view) return null;
  const open = view.layers.filter((layer) => layer.methods.length > 0);
  const fit = words.fits[result.applied.fit].done;
  const state = derived.current.value ? 'exact' : 'stale';
  return (
    <p class="hint" data-testid="fitted" data-state={state}>
      {words.result.fitted(
        fit,
        valuesIn(
          result.plan,
          open.map((layer) => layer.name),
        ),
      )}
    </p>
  );
};

/** How values are stored, where all are stored in one way. */
const valuesIn = (plan: Plan, layers: readonly string[]): string => {
  const used = new Set(layers.map((name) => words.values[plan.values[name] ?? 'float']));
  return used.size === 1 ? words.result.storedAs([...used].join()) : words.result.severalWays;
};
