/**
 * The files to take away, of the settings that are set: a package for the device, which is run over the test set
 * before it is handed out, the compressed model and its report.
 */
import { useState } from 'preact/hooks';
import * as derived from '../../state/derived.ts';
import { artifact, device } from '../../state/device.ts';
import type { Exporter, HandOut, HandOutKind } from '../../state/exporter.ts';
import { calibration, samples } from '../../state/store.ts';
import type { Verifier } from '../../state/verifier.ts';
import { Icon } from '../../ui/Icon.tsx';
import { words } from '../../ui/words.ts';
import { Verification } from './Verification.tsx';

const save = ({ name, type, bytes }: HandOut): void => {
  const address = URL.createObjectURL(new Blob([bytes], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
};

export const Download = ({ exporter, verifier }: { exporter: Exporter; verifier: Verifier }) => {
  const [making, setMaking] = useState(false);
  const trust = derived.shown.value?.trust;
  // The report says the accuracy, so it waits for the exact one.
  const waits = making || derived.current.value === null || trust !== 'exact';
  const target = device.value;
  const hasArtifact = artifact.value?.cost !== null;
  const make = async (kind: HandOutKind): Promise<void> => {
    setMaking(true);
    // What could be run here first is never handed out without that.
    const refused = kind === 'package' && samples.value !== null && (await verifier.verify()) === null;
    const file = refused ? null : await exporter.make(kind);
    if (file) save(file);
    setMaking(false);
  };
  return (
    <section class="download" aria-labelledby="download-title">
      <h2 id="download-title" class="visually-hidden">
        {words.download.title}
      </h2>
      <button
        type="button"
        class="button primary"
        disabled={waits || !hasArtifact || !calibration.value}
        onClick={() => void make('package')}
      >
        <Icon name="download" />
        <span class="button-name">
          {words.download.package(target && !target.contextOnly ? target.name : words.download.anyDevice)}
        </span>
        <span class="button-type">{words.download.packageType}</span>
      </button>
      {hasArtifact && <Verification verifier={verifier} ready={!waits} />}
      <fieldset class="plain-files">
        <legend class="visually-hidden">{words.download.model}</legend>
        <PlainFile {...words.download.onnx} waits={waits} onMake={() => make('model')} />
        <PlainFile {...words.download.tflite} waits={waits} onMake={() => make('tflite')} />
        <PlainFile
          {...words.download.tfliteInt8}
          title={words.download.int8Rounds}
          waits={waits || !calibration.value}
          onMake={() => make('tflite_int8')}
        />
        <PlainFile {...words.download.report} waits={waits} onMake={() => make('report')} />
      </fieldset>
      {!calibration.value && <p class="hint">{words.download.int8NeedsCalibration}</p>}
    </section>
  );
};

type FileProps = { name: string; type: string; title?: string; waits: boolean; onMake: () => Promise<void> };

const PlainFile = ({ name, type, title = words.download.model, waits, onMake }: FileProps) => (
  <button type="button" class="button" title={title} disabled={waits} onClick={() => void onMake()}>
    <span>{name}</span>
    <span class="button-type">{type}</span>
  </button>
);
