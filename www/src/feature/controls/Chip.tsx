/**
 * One of a few, as a radio button that looks like a chip.
 */
type Props = {
  group: string;
  value: string;
  name: string;
  hint?: string;
  checked: boolean;
  disabled?: boolean;
  onChoose: () => void;
};

export const Chip = ({ group, value, name, hint, checked, disabled, onChoose }: Props) => (
  <label class="method" title={hint}>
    <input type="radio" name={group} value={value} checked={checked} disabled={disabled ?? false} onChange={onChoose} />
    <span class="method-name">{name}</span>
  </label>
);
