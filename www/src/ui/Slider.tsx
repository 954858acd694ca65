/**
 * A native range input with its break-even drawn on the track and a number box beside it. Works on indices into the
 * allowed values, so that every key press lands on one.
 */
import { clamp, nearestIndex } from '../lib/nearest.ts';
import { NumberBox } from './NumberBox.tsx';
import { words } from './words.ts';

type Props = {
  label: string;
  values: readonly number[];
  at: number;
  /** Index of the last value that pays (`below`) or of the first (`above`); null: none pays, undefined: not known. */
  breakEven?: number | null;
  pays: 'below' | 'above';
  valueText: string;
  /** The value as printed in the box. */
  text: string;
  unit?: string;
  disabled?: boolean;
  onIndex: (index: number) => void;
  onReset?: () => void;
  onTake?: () => void;
};

/** Half of the thumb's width in px: the ends of the track that its centre never reaches. */
const THUMB = 9;

const place = (index: number, last: number): string => {
  const share = last > 0 ? index / last : 0;
  return `calc(${THUMB}px + ${share} * (100% - ${2 * THUMB}px))`;
};

export const Slider = (props: Props) => {
  const { label, values, at, breakEven, pays, valueText, text, unit, onIndex, onReset, onTake } = props;
  const last = Math.max(0, values.length - 1);
  const disabled = props.disabled ?? false;
  const move = (index: number): void => onIndex(clamp(index, 0, last));
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Backspace') return;
    event.preventDefault();
    onReset?.();
  };
  return (
    <div class="slider" data-disabled={disabled}>
      <div class="slider-track" style={{ '--at': place(at, last) }}>
        <Losses {...{ breakEven, pays, last }} />
        <input
          type="range"
          min={0}
          max={last}
          step={1}
          value={at}
          disabled={disabled}
          aria-label={label}
          aria-valuetext={valueText}
          onInput={(event) => move(event.currentTarget.valueAsNumber)}
          onPointerDown={onTake}
          onFocus={onTake}
          onDblClick={onReset}
          onKeyDown={onKeyDown}
        />
      </div>
      <NumberBox
        label={words.controls.numberBox(label)}
        text={text}
        disabled={disabled}
        {...(unit ? { unit } : {})}
        onValue={(value) => move(nearestIndex(values, value))}
        onStep={(steps) => move(at + steps)}
      />
    </div>
  );
};

type LossProps = { breakEven: number | null | undefined; pays: 'below' | 'above'; last: number };

/** The part of the track on which the compressed weights are larger than the original, and where it begins. */
const Losses = ({ breakEven, pays, last }: LossProps) => {
  if (breakEven === undefined) return null;
  const everywhere = breakEven !== null && breakEven === (pays === 'below' ? last : 0);
  if (everywhere) return null;
  const edge = place(breakEven ?? (pays === 'below' ? 0 : last), last);
  const zone = pays === 'below' ? { left: edge, right: '0' } : { left: '0', right: `calc(100% - ${edge})` };
  return (
    <>
      <span class="slider-loss" style={zone} />
      {breakEven !== null && <span class="slider-tick" style={{ left: edge }} />}
    </>
  );
};
