/**
 * A button that lets the user pick a folder.
 */
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';

type Props = { class?: string; label: string; onFiles: (files: File[]) => void; children: ComponentChildren };

/** Not in the standard's types, but in every browser that has folders. */
const FOLDER = { webkitdirectory: true } as const;

export const FolderButton = ({ label, onFiles, children, ...rest }: Props) => {
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
        aria-label={label}
        {...FOLDER}
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          event.currentTarget.value = '';
          if (files.length > 0) onFiles(files);
        }}
      />
    </>
  );
};
