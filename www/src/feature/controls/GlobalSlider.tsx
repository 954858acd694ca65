/**
 * One of the two sliders that drive every unlocked layer.
 */
import { percent, spokenBytes, spokenCount } from '../../lib/format.ts';
import * as derived from '../../state/derived.ts';
import { type Dial, resetValue, turned } from '../../state/dial.ts';
import type { DialKind } from '../../state/methods.ts';
import { controls, dialInHand } from '../../state/store.ts';
import { Slider } from '../../ui/Slider.tsx';
import { words } from '../../ui/words.ts';

export const GlobalSlider = ({ kind, dial }: { kind: DialKind; dial: Dial | null }) => {
  if (!dial?.enabled) return null;
  const take = (): void => {
    dialInHand.value = dial.id;
  };
  const move = (index: number): void => {
    const model = derived.view.peek();
    if (!model) return;
    take();
    controls.value = turned(model, controls.peek(), dial.id, index);
  };
  const reset = (): void => {
    const value = resetValue(dial.id);
    if (value !== null) move(value);
  };
  const inHand = derived.dial.value?.id;
  return (
    <div class="global" data-in-hand={inHand?.kind === kind && inHand.layer === null}>
      <div class="global-name">
        <span>{words.controls[kind]}</span>
        <span class="hint">{kind === 'rank' ? words.controls.rankHint : words.controls.sparsityHint}</span>
        <span class="hint global-saves">{saves(kind, dial)}</span>
      </div>
      <Slider
        label={words.controls[kind]}
        values={dial.values}
        at={dial.at}
        breakEven={dial.breakEven}
        pays={kind === 'rank' ? 'below' : 'above'}
        valueText={spoken(kind, dial)}
        text={String(dial.at)}
        unit={words.controls.percentUnit}
        onIndex={move}
        onReset={reset}
        onTake={take}
      />
    </div>
  );
};

const spoken = (kind: DialKind, dial: Dial): string => {
  const share = percent(dial.at / 100, 0);
  const value = kind === 'rank' ? words.controls.ofFull(share) : words.controls.zeros(share);
  const cost = derived.cost.value;
  return cost ? words.controls.spoken(value, spokenBytes(cost.bytes), spokenCount(cost.macs)) : value;
};

/** Where the compressed model is smaller than the original. */
const saves = (kind: DialKind, dial: Dial): string => {
  if (dial.breakEven === null) return words.controls.savesNever;
  if (kind === 'rank') {
    return dial.breakEven === 100
      ? words.controls.savesAlways
      : words.controls.savesBelow(percent(dial.breakEven / 100, 0));
  }
  return dial.breakEven === 0
    ? words.controls.savesAlways
    : words.controls.savesAbove(percent(dial.breakEven / 100, 0));
};
