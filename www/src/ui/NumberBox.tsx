/**
 * A number that can be typed. It takes effect on Enter, on an arrow key and when focus leaves; Escape gives it up.
 */
import { useState } from 'preact/hooks';

type Props = {
  label: string;
  text: string;
  unit?: string;
  disabled?: boolean;
  onValue: (value: number) => void;
  onStep: (steps: number) => void;
};

export const NumberBox = ({ label, text, unit, disabled, onValue, onStep }: Props) => {
  const [draft, setDraft] = useState<string | null>(null);
  const commit = (): void => {
    const value = Number.parseFloat((draft ?? '').replace(',', '.'));
    setDraft(null);
    if (Number.isFinite(value)) onValue(value);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') commit();
    if (event.key === 'Escape') setDraft(null);
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    setDraft(null);
    onStep(event.key === 'ArrowUp' ? 1 : -1);
  };
  return (
    <span class="number-box">
      <input
        type="text"
        inputMode="decimal"
        aria-label={label}
        disabled={disabled ?? false}
        value={draft ?? text}
        onFocus={(event) => event.currentTarget.select()}
        onInput={(event) => setDraft(event.currentTarget.value)}
        onBlur={() => draft !== null && commit()}
        onKeyDown={onKeyDown}
      />
      {unit && <span aria-hidden="true">{unit}</span>}
    </span>
  );
};
