/**
 * One of a few, in a native select.
 */
import { useId } from 'preact/hooks';

export type Option<Value extends string> = { value: Value; name: string; disabled?: boolean };

type Props<Value extends string> = {
  label: string;
  /** The label is for screen readers only: what stands around it says the same. */
  bare?: boolean;
  value: Value;
  options: readonly Option<Value>[];
  onChange: (value: Value) => void;
};

export const Select = <Value extends string>({ label, bare, value, options, onChange }: Props<Value>) => {
  const id = useId();
  return (
    <span class="select">
      {!bare && <label for={id}>{label}</label>}
      <select
        id={id}
        {...(bare ? { 'aria-label': label } : {})}
        value={value}
        onChange={(event) => {
          const chosen = options.find((option) => option.value === event.currentTarget.value);
          if (chosen) onChange(chosen.value);
        }}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value} disabled={option.disabled ?? false}>
            {option.name}
          </option>
        ))}
      </select>
    </span>
  );
};
