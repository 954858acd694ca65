/**
 * The large figure: what the samples' metric gives, a share with its 95 % interval, or reconstruction error where
 * nothing can be measured.
 */
import { percent, sentence, whole } from '../../lib/format.ts';
import type { Score } from '../../protocol/generated.ts';
import { scoreValue } from '../../protocol/score.ts';
import * as derived from '../../state/derived.ts';
import { baseScore, preprocessing, samples } from '../../state/store.ts';
import { changeOf, intervalOf, nameOf, print, printScore } from '../../ui/quality.ts';
import { words } from '../../ui/words.ts';
import { describeSettings } from './settings.ts';

export const Quality = () => (derived.isMeasured.value || !derived.view.value ? <Measured /> : <Unmeasured />);

const Measured = () => {
  const shown = derived.shown.value;
  const score = shown?.result.score;
  const value = scoreValue(score);
  if (!shown || !score || (value === null && score.undefined === 0)) return <Waiting />;
  const band = intervalOf(score);
  const rough = shown.trust === 'coarse' ? `${words.result.approximately}\u00a0` : '';
  return (
    <div class="quality" data-state={shown.trust} data-testid="accuracy">
      <span class="quality-name">{nameOf(score.metric)}</span>
      <span class="quality-line">
        <span class="quality-value">
          {rough}
          {value === null
            ? words.layers.none
            : print(score.metric, value, shown.trust === 'coarse' ? 0 : score.samples)}
        </span>
        <Difference now={score} />
      </span>
      {band && value !== null && <IntervalBar low={band.low} high={band.high} at={value} />}
      <span class="quality-notes">
        {shown.trust === 'stale' ? (
          <span>{words.result.staleFor(describeSettings(shown.result.controls))}</span>
        ) : (
          <>
            <span>
              {band
                ? words.result.interval((band.low * 100).toFixed(1), percent(band.high))
                : words.metrics[score.metric].hint}
            </span>
            <span data-testid="accuracy-of">{sampleNote(score)}</span>
          </>
        )}
      </span>
      {score.undefined > 0 && (
        <p class="quality-note" data-testid="undefined">
          {words.result.undefined(whole(score.undefined))}
        </p>
      )}
      <Doubt />
    </div>
  );
};

/** Where the original does hardly better than chance, or the engine has found something odd, the reading is in doubt. */
const Doubt = () => {
  const warning = samples.value?.view.warning;
  if (!warning && !derived.nearChance.value) return null;
  return (
    <p class="quality-note" data-testid="doubt">
      {warning ? sentence(warning) : words.preprocess.doubt}{' '}
      <button
        type="button"
        class="link"
        onClick={() => {
          preprocessing.value = { ...preprocessing.peek(), open: true };
        }}
      >
        {words.preprocess.check}
      </button>
    </p>
  );
};

const sampleNote = (score: Score): string => {
  const all = samples.value?.view.samples ?? score.samples;
  return score.samples < all
    ? words.result.onPart(whole(score.samples), whole(all))
    : words.result.on(whole(score.samples));
};

const Difference = ({ now }: { now: Score }) => {
  const base = baseScore.value?.score;
  const [value, before] = [scoreValue(now), scoreValue(base)];
  if (!base || value === null || before === null) return null;
  const { text, unit, sign } = changeOf(now.metric, value, before, now.samples);
  return (
    <span class="quality-change">
      <span class="pill" data-sign={sign}>
        {text} {unit}
      </span>
      <span class="quality-note" data-testid="base-accuracy">
        {words.result.original(printScore(base))}
      </span>
    </span>
  );
};

/** The interval on a scale that holds both it and the original. */
const IntervalBar = ({ low, high, at }: { low: number; high: number; at: number }) => {
  const base = derived.baseQuality.value ?? at;
  const floor = Math.min(low, base) - 0.01;
  const span = Math.max(high, base) + 0.01 - floor;
  const place = (value: number): string => `${(((value - floor) / span) * 100).toFixed(2)}%`;
  return (
    <span class="interval" aria-hidden="true">
      <span
        class="interval-band"
        style={{ left: place(low), inlineSize: `${(((high - low) / span) * 100).toFixed(2)}%` }}
      />
      <span class="interval-base" style={{ left: place(base) }} />
      <span class="interval-at" style={{ left: place(at) }} />
    </span>
  );
};

const Waiting = () => (
  <div class="quality" data-state="none" data-testid="accuracy">
    <span class="quality-name">{nameOf(samples.value?.view.metric ?? 'accuracy')}</span>
    <span class="quality-line">
      <span class="quality-value quality-empty">{words.layers.none}</span>
    </span>
    <span class="interval" aria-hidden="true" />
    <span class="quality-note">{words.result.measuring}</span>
  </div>
);

const Unmeasured = () => {
  const shown = derived.shown.value;
  const limit = derived.qualityLimit.value;
  const reason = limit === 'cannot_evaluate' ? words.result.cannotEvaluate : words.result.noSamples;
  return (
    <div class="quality" data-state={shown?.trust ?? 'none'} data-testid="error">
      <span class="quality-name">{nameOf('weights')}</span>
      <span class="quality-line">
        <span class="quality-value">
          {shown ? print('weights', shown.result.applied.reconstructionError) : words.layers.none}
        </span>
      </span>
      <span class="quality-note">
        {shown?.trust === 'stale'
          ? words.result.staleFor(describeSettings(shown.result.controls))
          : words.result.errorHint}
      </span>
      <span class="quality-reason">{reason}</span>
      {limit === 'cannot_evaluate' && <span class="quality-note">{derived.view.value?.evaluation}</span>}
    </div>
  );
};
