/**
 * One cost: its value now, a bar against the original, and the change in words. What it was before is said to those who
 * ask; the last row of the layer table shows it.
 */
import { change, ratio } from '../../lib/format.ts';
import { words } from '../../ui/words.ts';

type Props = {
  id: string;
  name: string;
  now: number;
  before: number;
  print: (value: number) => string;
  /** Bytes get smaller, counts fewer. */
  sizes?: boolean;
  /** Without a bar, for what is counted but not paid for. */
  plain?: boolean;
};

export const CostFigure = ({ id, name, now, before, print, sizes, plain }: Props) => {
  const { factor, direction } = ratio(now, before);
  const less = sizes ? words.result.smaller : words.result.fewer;
  const more = sizes ? words.result.larger : words.result.more;
  const text = direction === 'same' ? words.result.same : direction === 'smaller' ? less(factor) : more(factor);
  return (
    <div class="cost" data-direction={direction} data-testid={`cost-${id}`} title={words.result.from(print(before))}>
      <span class="cost-name">{name}</span>
      <span class="cost-value">{print(now)}</span>
      {!plain && <Bar id={id} share={before > 0 ? now / before : 1} />}
      <span class="cost-change">
        <span class="visually-hidden">{words.result.from(print(before))} </span>
        {text}
        {direction !== 'same' && <span class="cost-percent"> {change(now, before)}</span>}
      </span>
    </div>
  );
};

/** The whole bar is the original; what is larger than it fills the bar and is marked. */
const Bar = ({ id, share }: { id: string; share: number }) => (
  <span class="bar" aria-hidden="true">
    <span class={`bar-fill bar-${id}`} style={{ inlineSize: `${Math.min(1, share) * 100}%` }} />
  </span>
);
