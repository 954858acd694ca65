/**
 * The files to take away: the compressed model and its report, of the settings that are set.
 */
import { useState } from 'preact/hooks';
import * as derived from '../../state/derived.ts';
import type { Exporter, HandOut, HandOutKind } from '../../state/exporter.ts';
import { Icon } from '../../ui/Icon.tsx';
import { words } from '../../ui/words.ts';

const save = ({ name, type, bytes }: HandOut): void => {
  const address = URL.createObjectURL(new Blob([bytes], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
};

export const Download = ({ exporter }: { exporter: Exporter }) => {
  const [making, setMaking] = useState(false);
  const trust = derived.shown.value?.trust;
  // The report says the accuracy, so it waits for the exact one.
  const waits = making || derived.current.value === null || trust !== 'exact';
  const make = async (kind: HandOutKind): Promise<void> => {
    setMaking(true);
    const file = await exporter.make(kind);
    if (file) save(file);
    setMaking(false);
  };
  return (
    <section class="download" aria-labelledby="download-title">
      <h2 id="download-title" class="visually-hidden">
        {words.download.title}
      </h2>
      <button type="button" class="button primary" disabled={waits} onClick={() => void make('model')}>
        <Icon name="download" />
        <span>{words.download.model}</span>
        <span class="button-type">{words.download.modelType}</span>
      </button>
      <button type="button" class="button" disabled={waits} onClick={() => void make('report')}>
        <span>{words.download.report}</span>
        <span class="button-type">{words.download.reportType}</span>
      </button>
      <button type="button" class="button" disabled title={words.download.binaryHint} aria-describedby="binary-hint">
        <span>{words.download.binary}</span>
      </button>
      <p class="visually-hidden" id="binary-hint">
        {words.download.binaryHint}
      </p>
    </section>
  );
};
