/**
 * A modal dialog on the native element: focus stays inside, Escape closes it.
 */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { Icon } from './Icon.tsx';
import { words } from './words.ts';

/** A click beside the dialog closes it, in browsers that know the attribute. */
const LIGHT_DISMISS = { closedby: 'any' } as const;

type Props = { title: string; open: boolean; onClose: () => void; wide?: boolean; children: ComponentChildren };

export const Dialog = ({ title, open, onClose, wide, children }: Props) => {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    if (open) element.current?.showModal();
    else element.current?.close();
  }, [open]);
  return (
    <dialog
      ref={element}
      class="dialog"
      data-wide={wide ?? false}
      aria-labelledby={heading}
      onClose={onClose}
      {...LIGHT_DISMISS}
    >
      {open && (
        <div class="dialog-body">
          <div class="dialog-head">
            <h2 id={heading}>{title}</h2>
            <button type="button" class="icon-button" aria-label={words.help.close} onClick={onClose}>
              <Icon name="close" />
            </button>
          </div>
          {children}
        </div>
      )}
    </dialog>
  );
};
