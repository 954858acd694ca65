/**
 * The main figures in one line that stays at the top of a small screen. The result card says the same in full, so
 * this is hidden from screen readers.
 */
import { bytes, count } from '../../lib/format.ts';
import * as derived from '../../state/derived.ts';
import { print, printScore, shortNameOf } from '../../ui/quality.ts';
import { words } from '../../ui/words.ts';

export const Strip = () => {
  const cost = derived.cost.value;
  const shown = derived.shown.value;
  const score = shown?.result.score;
  const value = score
    ? printScore(score)
    : shown
      ? print('weights', shown.result.applied.reconstructionError)
      : words.layers.none;
  return (
    <div class="strip" aria-hidden="true" data-state={shown?.trust ?? 'none'}>
      <Entry name={shortNameOf(score?.metric ?? 'weights')} value={value} main />
      <Entry name={words.result.memory} value={cost ? bytes(cost.bytes) : words.layers.none} />
      <Entry name={words.result.macs} value={cost ? count(cost.macs) : words.layers.none} />
    </div>
  );
};

const Entry = ({ name, value, main }: { name: string; value: string; main?: boolean }) => (
  <span class="strip-entry" data-main={main ?? false}>
    <span class="strip-name">{name}</span>
    <span class="strip-value">{value}</span>
  </span>
);
