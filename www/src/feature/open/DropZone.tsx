/**
 * Takes files from anywhere on the page: dropped or pasted.
 */
import { useEffect, useState } from 'preact/hooks';
import { droppedFiles } from '../../lib/given.ts';
import { FILES } from '../../protocol/generated.ts';
import type { Opener } from '../../state/opener.ts';
import { Icon } from '../../ui/Icon.tsx';
import { words } from '../../ui/words.ts';

const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;

export const DropZone = ({ opener }: { opener: Opener }) => {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const take = async (transfer: DataTransfer | null): Promise<void> => {
      const given = transfer ? await droppedFiles(transfer, FILES) : [];
      if (given.length > 0) await opener.openFiles(given);
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
      void take(event.dataTransfer);
    };
    const onPaste = (event: ClipboardEvent): void => void take(event.clipboardData);
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
