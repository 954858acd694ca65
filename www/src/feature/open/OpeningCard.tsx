/**
 * The steps from a file to its first figures, with a way out. Waits a moment before it shows, so that quick
 * openings do not flicker.
 */
import { useEffect, useState } from 'preact/hooks';
import { bytes } from '../../lib/format.ts';
import * as derived from '../../state/derived.ts';
import type { Opener } from '../../state/opener.ts';
import type { Runner } from '../../state/runner.ts';
import * as store from '../../state/store.ts';
import { Icon } from '../../ui/Icon.tsx';
import { words } from '../../ui/words.ts';

type StepName = 'fetch' | 'analyse' | 'samples' | 'calibration' | 'factor' | 'evaluate';
const STEPS: readonly StepName[] = ['fetch', 'analyse', 'samples', 'calibration', 'factor', 'evaluate'];
const PATIENCE_MILLIS = 250;

type Stage = { name: string; bytes: number | null; step: StepName; detail: string };

/** Where the opening stands; it lasts until the first figures are there. */
const stageNow = (): Stage | null => {
  const opening = store.opening.value;
  if (opening) {
    const step = opening.step === 'engine' || opening.step === 'read' ? 'fetch' : opening.step;
    return { name: opening.name, bytes: opening.bytes, step, detail: '' };
  }
  const now = store.activity.value;
  const model = store.model.value;
  if (!model || derived.shown.value || now.kind === 'idle') return null;
  const about = { name: model.title, bytes: model.view.fileBytes };
  if (now.kind !== 'factoring') return { ...about, step: 'evaluate', detail: '' };
  return { ...about, step: 'factor', detail: words.opening.layer(Math.min(now.done + 1, now.total), now.total) };
};

export const OpeningCard = ({ opener, runner }: { opener: Opener; runner: Runner }) => {
  const stage = stageNow();
  const going = stage !== null;
  const [patient, setPatient] = useState(true);
  useEffect(() => {
    setPatient(true);
    if (!going) return;
    const timer = setTimeout(() => setPatient(false), PATIENCE_MILLIS);
    return () => clearTimeout(timer);
  }, [going]);
  if (!stage || patient) return null;
  const cancel = (): void => void (store.opening.value ? opener.cancel() : runner.cancel());
  return (
    <div class="opening" role="status" data-testid="opening">
      <p class="opening-title">
        <strong>{stage.name ? words.opening.title(stage.name) : words.opening.engine}</strong>
        {stage.bytes !== null && <span>{bytes(stage.bytes)}</span>}
        {store.model.value && (
          <button type="button" class="link" onClick={cancel}>
            {words.opening.cancel}
          </button>
        )}
      </p>
      <ol class="opening-steps">
        {STEPS.map((step, index) => (
          <Step key={step} step={step} state={stateOf(index, STEPS.indexOf(stage.step))} detail={stage.detail} />
        ))}
      </ol>
    </div>
  );
};

type StepState = 'done' | 'now' | 'ahead';

const stateOf = (index: number, now: number): StepState => (index < now ? 'done' : index === now ? 'now' : 'ahead');

const Step = ({ step, state, detail }: { step: StepName; state: StepState; detail: string }) => (
  <li data-step={state} aria-current={state === 'now' ? 'step' : undefined}>
    {state === 'done' ? <Icon name="check" /> : <span class="dot" />}
    {words.opening.steps[step]}
    {state === 'now' && detail !== '' && ` ${detail}`}
  </li>
);
