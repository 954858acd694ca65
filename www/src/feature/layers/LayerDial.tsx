/**
 * The slider of one layer for its rank (atoms, with a dictionary) or its sparsity. Moving it locks the layer.
 */
import { percent, spokenBytes, spokenCount, whole } from '../../lib/format.ts';
import type { LayerView, ModelView, Setting } from '../../protocol/generated.ts';
import { resetLayer, settingOf, valuesOf } from '../../state/controls.ts';
import { costOf } from '../../state/cost.ts';
import { type Dial, dialOf, turned } from '../../state/dial.ts';
import type { DialKind } from '../../state/methods.ts';
import { chosenLayer, controls, dialInHand } from '../../state/store.ts';
import { Slider } from '../../ui/Slider.tsx';
import { words } from '../../ui/words.ts';

type Props = { layer: LayerView; model: ModelView; kind: DialKind };

export const LayerDial = ({ layer, model, kind }: Props) => {
  const dial = dialOf(model, controls.value, { kind, layer: layer.name });
  const label = kind === 'rank' ? words.layers.columns.rank : words.layers.columns.sparsity;
  return (
    <td class="dial" data-label={label} data-empty={dial === null}>
      {dial ? (
        <Turnable {...{ layer, model, dial, kind }} />
      ) : (
        <span class="sub">{without(kind, settingOf(layer, controls.value))}</span>
      )}
    </td>
  );
};

/** What there is where nothing can be turned. */
const without = (kind: DialKind, setting: Setting): string => {
  if (kind === 'rank') return words.layers.noRank;
  const kept = 'kept' in setting ? setting.kept : 100;
  return kept < 100 ? words.layers.thinned(percent(1 - kept / 100, 0)) : words.layers.dense;
};

const Turnable = ({ layer, model, dial, kind }: Props & { dial: Dial }) => {
  const take = (): void => {
    dialInHand.value = dial.id;
    chosenLayer.value = layer.name;
  };
  const move = (index: number): void => {
    take();
    controls.value = turned(model, controls.peek(), dial.id, index);
  };
  const value = dial.values[dial.at] ?? 0;
  return (
    <Slider
      label={kind === 'rank' ? words.layers.rankOf(layer.name) : words.layers.sparsityOf(layer.name)}
      values={dial.values}
      at={dial.at}
      breakEven={dial.breakEven}
      pays={kind === 'rank' ? 'below' : 'above'}
      valueText={spoken(layer, kind, value)}
      text={kind === 'rank' ? String(value) : value.toFixed(0)}
      {...(kind === 'sparsity' ? { unit: words.controls.percentUnit } : {})}
      onIndex={move}
      onTake={take}
      onReset={() => {
        controls.value = resetLayer(controls.peek(), layer);
      }}
    />
  );
};

const spoken = (layer: LayerView, kind: DialKind, value: number): string => {
  const cost = costOf(layer, settingOf(layer, controls.value), valuesOf(layer, controls.value));
  const text =
    kind === 'rank'
      ? words.layers.rankOfFull(whole(value), whole(layer.fullRank))
      : words.controls.zeros(percent(value / 100, 0));
  return words.controls.spoken(text, spokenBytes(cost.bytes), spokenCount(cost.macs));
};
