/**
 * A button that lets the user pick files.
 */
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';

type Props = {
  accept: string;
  class?: string;
  label: string;
  onFiles: (files: File[]) => void;
  children: ComponentChildren;
};

export const FileButton = ({ accept, label, onFiles, children, ...rest }: Props) => {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" class={rest.class} onClick={() => input.current?.click()}>
        {children}
      </button>
      <input
        ref={input}
        type="file"
        hidden
        multiple
        aria-label={label}
        accept={accept}
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          event.currentTarget.value = '';
          if (files.length > 0) onFiles(files);
        }}
      />
    </>
  );
};
