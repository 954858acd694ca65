/**
 * A button with a panel that opens below it. Closes on Escape, on a click outside and when focus leaves.
 */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Icon } from './Icon.tsx';

type Props = {
  label: string;
  value: string;
  detail?: string;
  children: (close: () => void) => ComponentChildren;
};

export const Disclosure = ({ label, value, detail, children }: Props) => {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const panel = useId();
  const close = (): void => setOpen(false);

  useEffect(() => {
    if (!open) return;
    const outside = (event: Event): void => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) close();
    };
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape') return;
      close();
      button.current?.focus();
    };
    document.addEventListener('pointerdown', outside);
    document.addEventListener('focusin', outside);
    document.addEventListener('keydown', onKeyDown);
    return () => {
      document.removeEventListener('pointerdown', outside);
      document.removeEventListener('focusin', outside);
      document.removeEventListener('keydown', onKeyDown);
    };
  }, [open]);

  return (
    <div class="disclosure" ref={root}>
      <button
        ref={button}
        type="button"
        class="picker"
        aria-expanded={open}
        aria-controls={panel}
        onClick={() => setOpen(!open)}
      >
        <span class="picker-text">
          <span class="picker-label">
            {label}
            {detail && <span class="picker-detail">, {detail}</span>}
          </span>
          <span class="picker-value">{value}</span>
        </span>
        <Icon name="chevron" />
      </button>
      <div class="panel" id={panel} hidden={!open}>
        {open && children(close)}
      </div>
    </div>
  );
};
