/**
 * The dialog about how samples are read: what the model sees, how well it does on that at once, and the settings.
 */
import { sentence, whole } from '../../lib/format.ts';
import type { Preprocessing } from '../../protocol/generated.ts';
import { scoreValue } from '../../protocol/score.ts';
import * as derived from '../../state/derived.ts';
import type { SampleReader } from '../../state/reader.ts';
import { baseScore, type OpenSamples, preprocessing, samples } from '../../state/store.ts';
import { Dialog } from '../../ui/Dialog.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { intervalOf, nameOf, printScore } from '../../ui/quality.ts';
import { words } from '../../ui/words.ts';
import { Fields } from './Fields.tsx';
import { PreviewStrip } from './PreviewStrip.tsx';

export const Preprocess = ({ reader }: { reader: SampleReader }) => {
  const open = samples.value;
  const form = preprocessing.value;
  const close = (): void => {
    preprocessing.value = { ...preprocessing.peek(), open: false };
  };
  return (
    <Dialog title={words.preprocess.title} open={form.open && open !== null} onClose={close} wide>
      {open && <Body reader={reader} open={open} />}
    </Dialog>
  );
};

const Body = ({ reader, open }: { reader: SampleReader; open: OpenSamples }) => {
  const { busy, draft, error } = preprocessing.value;
  const asked = draft ?? open.options;
  const used = open.view.preprocessing;
  const now = filled(asked, used);
  const change = (next: Partial<Preprocessing>): void => reader.ask({ ...asked, ...next });
  return (
    <div class="preprocess" data-testid="preprocess" data-state={busy ? 'busy' : error ? 'failed' : 'ready'}>
      <div class="preprocess-seen">
        <h3>{words.preprocess.seen}</h3>
        <PreviewStrip view={open.view} busy={busy} />
        <Outcome busy={busy} />
        {error && (
          <p class="setback" role="alert">
            <strong>{words.preprocess.failed}</strong> {sentence(error.message)} {error.hint && sentence(error.hint)}
          </p>
        )}
        <Warning text={open.view.warning} />
      </div>
      <div>
        <h3>{words.preprocess.read}</h3>
        <p class="hint">{open.view.note ? sentence(open.view.note) : words.preprocess.guessed}</p>
        <Fields view={open.view} now={now} table={open.files.some(({ name }) => TABLE.test(name))} onChange={change} />
        <button type="button" class="link" onClick={() => reader.reset()}>
          {words.preprocess.guess}
        </button>
      </div>
    </div>
  );
};

const TABLE = /\.(csv|tsv)/i;

/** What was asked for, and where nothing was, what the engine has used. */
const filled = (asked: Preprocessing, used: Preprocessing): Preprocessing => ({
  scale: asked.scale ?? used.scale,
  offset: asked.offset ?? used.offset,
  layout: asked.layout ?? used.layout,
  colour: asked.colour ?? used.colour,
  quantised: asked.quantised ?? used.quantised,
  metric: asked.metric ?? used.metric,
  labelColumn: asked.labelColumn ?? used.labelColumn,
  firstLabel: asked.firstLabel ?? used.firstLabel,
  threshold: asked.threshold ?? used.threshold,
  batchAxis: asked.batchAxis ?? used.batchAxis,
});

/** How well the original does on these samples. */
const Outcome = ({ busy }: { busy: boolean }) => {
  const base = baseScore.value;
  const known = base && scoreValue(base.score) !== null ? base.score : null;
  const band = known && intervalOf(known);
  const state = busy ? 'stale' : base ? (base.exact ? 'exact' : 'coarse') : 'none';
  return (
    <p class="preprocess-outcome" data-testid="preprocess-outcome" data-state={state} aria-live="polite">
      <span class="quality-name">{words.preprocess.outcome(nameOf(derived.measure.value))}</span>
      <strong class="preprocess-value">{known ? printScore(known) : words.layers.none}</strong>
      {known && (
        <span class="hint">
          {words.result.on(whole(known.samples))}
          {band && `, ${words.result.interval((band.low * 100).toFixed(1), `${(band.high * 100).toFixed(1)} %`)}`}
        </span>
      )}
    </p>
  );
};

const Warning = ({ text }: { text: string | null }) => {
  const shown = text ? sentence(text) : derived.nearChance.value ? words.preprocess.nearChance : null;
  return shown === null ? null : (
    <p class="warning-note" data-testid="preprocess-warning">
      <Icon name="warning" />
      <span>{shown}</span>
    </p>
  );
};
