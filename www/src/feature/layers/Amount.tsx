/**
 * A table cell with a cost: the value now, and below it the value before where that differs.
 */
import { words } from '../../ui/words.ts';

type Props = { label: string; now: number; before: number; print: (value: number) => string };

export const Amount = ({ label, now, before, print }: Props) => (
  <td class="amount" data-label={label} data-direction={now < before ? 'smaller' : now > before ? 'larger' : 'same'}>
    <span class="amount-now">{print(now)}</span>
    <span class="sub">{now === before ? words.result.same : words.result.from(print(before))}</span>
  </td>
);
