/**
 * One limit: a number in a unit; empty for none.
 */
import { useId, useState } from 'preact/hooks';
import { Select } from '../../ui/Select.tsx';
import { words } from '../../ui/words.ts';

export type Unit = { name: string; factor: number };

type Props = {
  label: string;
  units: readonly Unit[];
  /** In the engine's unit. */
  value: number | null;
  /** About what it limits, to offer the fitting unit first. */
  size: number;
  /** Only whole numbers of it. */
  whole?: boolean;
  note?: string;
  disabled?: boolean;
  onValue: (value: number | null) => void;
};

/** The largest unit in which a tenth of the size is at least one. */
const unitFor = (size: number, units: readonly Unit[]): Unit => {
  const reached = units.filter((unit) => size / 10 >= unit.factor);
  return reached[reached.length - 1] ?? units[0] ?? { name: '', factor: 1 };
};

const printed = (value: number | null, unit: Unit): string =>
  value === null ? '' : String(Number((value / unit.factor).toPrecision(6)));

export const LimitField = ({ label, units, value, size, whole = true, note, disabled, onValue }: Props) => {
  const id = useId();
  const [unit, setUnit] = useState(unitFor(size, units));
  const [draft, setDraft] = useState(printed(value, unit));
  const take = (text: string, inUnit: Unit): void => {
    const number = Number.parseFloat(text.replace(',', '.')) * inUnit.factor;
    onValue(Number.isFinite(number) && number >= 0 ? (whole ? Math.round(number) : number) : null);
  };
  return (
    <div class="limit">
      <label for={id}>{label}</label>
      <span class="limit-line">
        <input
          id={id}
          type="text"
          inputMode="decimal"
          placeholder={words.budget.noLimit}
          disabled={disabled ?? false}
          value={draft}
          onInput={(event) => {
            setDraft(event.currentTarget.value);
            take(event.currentTarget.value, unit);
          }}
        />
        {units.length > 1 ? (
          <Select
            bare
            label={words.budget.unitOf(label)}
            value={unit.name}
            options={units.map(({ name }) => ({ value: name, name }))}
            onChange={(name) => {
              const next = units.find((other) => other.name === name) ?? unit;
              setUnit(next);
              take(draft, next);
            }}
          />
        ) : (
          <span class="limit-unit">{unit.name}</span>
        )}
      </span>
      {note && <span class="hint">{note}</span>}
    </div>
  );
};
