/**
 * The scale and the offset of stored values: one of a few that are usual, or numbers, for all channels or for each.
 */
import type { Preprocessing } from '../../protocol/generated.ts';
import { NumberBox } from '../../ui/NumberBox.tsx';
import { Select } from '../../ui/Select.tsx';
import { words } from '../../ui/words.ts';
import { PRESETS, type Preset, presetOf, spread } from './presets.ts';

/** More channels than a picture has are scaled alike. */
const CHANNELS = 4;

type Props = { now: Preprocessing; channels: number; onChange: (change: Partial<Preprocessing>) => void };

export const Scaling = ({ now, channels, onChange }: Props) => {
  const [scale, offset] = [now.scale ?? [1], now.offset ?? [0]];
  const chosen = presetOf(scale, offset);
  const each = scale.length > 1 || offset.length > 1;
  const options = PRESETS.filter(({ scale: own }) => own.length === 1 || own.length === channels);
  const setTo = ({ scale: nextScale, offset: nextOffset }: Preset): void =>
    onChange({ scale: [...nextScale], offset: [...nextOffset] });
  return (
    <fieldset class="scaling">
      <legend>{words.preprocess.scaling}</legend>
      <Select
        label={words.preprocess.preset}
        bare
        value={chosen?.id ?? 'own'}
        options={[
          ...options.map(({ id }) => ({ value: id, name: words.preprocess.presets[id] })),
          { value: 'own' as const, name: words.preprocess.presets.own, disabled: chosen !== null },
        ]}
        onChange={(id) => {
          const preset = PRESETS.find((one) => one.id === id);
          if (preset) setTo(preset);
        }}
      />
      <Row name={words.preprocess.scale} values={scale} onValues={(values) => onChange({ scale: values })} />
      <Row name={words.preprocess.offset} values={offset} onValues={(values) => onChange({ offset: values })} />
      {channels > 1 && channels <= CHANNELS && (
        <label class="check">
          <input
            type="checkbox"
            checked={each}
            onChange={() => {
              const count = each ? 1 : channels;
              onChange({ scale: spread(scale, count), offset: spread(offset, count) });
            }}
          />
          <span>{words.preprocess.perChannel}</span>
        </label>
      )}
      <p class="hint">{words.preprocess.formula}</p>
    </fieldset>
  );
};

type RowProps = { name: string; values: readonly number[]; onValues: (values: number[]) => void };

const Row = ({ name, values, onValues }: RowProps) => (
  <div class="scaling-row">
    <span aria-hidden="true">{name}</span>
    {values.map((value, channel) => {
      const set = (next: number): void => onValues(values.map((old, index) => (index === channel ? next : old)));
      return (
        <NumberBox
          key={channel}
          label={values.length > 1 ? words.preprocess.ofChannel(name, channel + 1) : name}
          text={String(Number(value.toPrecision(4)))}
          onValue={set}
          onStep={(steps) => set(value + steps * stepOf(value))}
        />
      );
    })}
  </div>
);

/** A tenth of the value's power of ten. */
const stepOf = (value: number): number => (value === 0 ? 0.1 : 10 ** Math.floor(Math.log10(Math.abs(value)) - 1));
