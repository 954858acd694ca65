/**
 * Takes files from anywhere on the page: dropped or pasted.
 */
import { useEffect, useState } from 'preact/hooks';
import type { Opener } from '../../state/opener.ts';
import { Icon } from '../../ui/Icon.tsx';
import { words } from '../../ui/words.ts';

const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;

export const DropZone = ({ opener }: { opener: Opener }) => {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const take = (list: FileList | undefined): void => {
      const files = [...(list ?? [])];
      if (files.length > 0) void opener.openFiles(files);
    };
    const onDragOver = (event: DragEvent): void => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const onDragLeave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent): void => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      setOver(false);
      take(event.dataTransfer?.files);
    };
    const onPaste = (event: ClipboardEvent): void => take(event.clipboardData?.files);
    addEventListener('dragover', onDragOver);
    addEventListener('dragleave', onDragLeave);
    addEventListener('drop', onDrop);
    addEventListener('paste', onPaste);
    return () => {
      removeEventListener('dragover', onDragOver);
      removeEventListener('dragleave', onDragLeave);
      removeEventListener('drop', onDrop);
      removeEventListener('paste', onPaste);
    };
  }, [opener]);
  if (!over) return null;
  return (
    <div class="drop-zone">
      <div class="drop-zone-inner">
        <Icon name="open" />
        <strong>{words.drop.title}</strong>
        <span>{words.drop.hint}</span>
      </div>
    </div>
  );
};
