/**
 * What the settings do to every output of a model that has several: the scored one is the large figure above.
 */
import type { OutputView } from '../../protocol/generated.ts';
import * as derived from '../../state/derived.ts';
import { outputs } from '../../state/store.ts';
import { isShare, print, shortNameOf } from '../../ui/quality.ts';
import { words } from '../../ui/words.ts';

export const Outputs = () => {
  const known = outputs.value;
  if (!known || (derived.view.value?.outputs.length ?? 0) < 2) return null;
  return (
    <section class="outputs" data-testid="outputs" data-state={known.key === derived.key.value ? 'exact' : 'stale'}>
      <h3 class="cost-name">{words.result.otherOutputs}</h3>
      <ul>
        {known.views
          .filter(({ chosen }) => !chosen)
          .map((view) => (
            <li key={view.name} title={view.reason ?? ''}>
              <span class="output-name">{view.name}</span> <span class="cost-value">{figure(view)}</span>
            </li>
          ))}
      </ul>
    </section>
  );
};

const figure = ({ metric, value, spread, reason }: OutputView): string => {
  if (metric === null || value === null) return reason ?? words.layers.none;
  if (isShare(metric)) return `${shortNameOf(metric)} ${print(metric, value / 100)}`;
  const share = spread !== null && spread > 0 ? words.result.ofSpread(print('weights', value / spread)) : '';
  return share || `${shortNameOf(metric)} ${print(metric, value)}`;
};
