/**
 * What the device's own runtime gave on the artifact. It is said of the settings that are set, or not at all.
 */

import type { ComponentChildren } from 'preact';
import { percent, sentence, whole } from '../../lib/format.ts';
import type { Verification as Finding } from '../../protocol/message.ts';
import * as derived from '../../state/derived.ts';
import { calibration, samples, verification } from '../../state/store.ts';
import type { Verifier } from '../../state/verifier.ts';
import { nameOf, printScore } from '../../ui/quality.ts';
import { words } from '../../ui/words.ts';

export const Verification = ({ verifier, ready }: { verifier: Verifier; ready: boolean }) => {
  const now = verification.value;
  const found = derived.verified.value;
  if (found) return <Found found={found} />;
  if (now.kind === 'running')
    return (
      <Running done={now.samples} total={samples.value?.view.samples ?? 0} onCancel={() => void verifier.cancel()} />
    );
  if (!calibration.value) return <Line state="none" text={words.download.noCalibration} />;
  if (!samples.value) return <Line state="none" text={words.download.noSamples} />;
  const failed = now.kind === 'failed' && now.key === derived.key.value;
  const text = failed
    ? words.download.failed(sentence(now.error.message))
    : now.kind === 'none'
      ? words.download.unverified
      : words.download.stale;
  return (
    <Line state={failed ? 'failed' : now.kind === 'none' ? 'none' : 'stale'} text={text}>
      <button type="button" class="link" disabled={!ready} onClick={() => void verifier.verify()}>
        {words.download.verify}
      </button>
    </Line>
  );
};

type LineProps = { state: string; text: string; children?: ComponentChildren };

const Line = ({ state, text, children }: LineProps) => (
  <p class="verification hint" data-testid="verification" data-state={state}>
    {text} {children}
  </p>
);

const Found = ({ found: { score, agreement, highWaterBytes, arenaBytes, crc } }: { found: Finding }) => (
  <p class="verification hint" data-testid="verification" data-state="verified">
    <strong>✓ {words.download.verified}</strong>
    {words.download.measured(nameOf(score.metric), printScore(score), whole(score.samples))}
    {agreement.samples > 0 && words.download.beside(agreement.metric, printScore(agreement))}
    {words.download.arena(whole(highWaterBytes), whole(arenaBytes))}
    {words.download.crc(crc)}
  </p>
);

type RunningProps = { done: number; total: number; onCancel: () => void };

const Running = ({ done, total, onCancel }: RunningProps) => (
  <div class="verification hint" data-testid="verification" data-state="running">
    <span>{done > 0 ? words.download.verifying(percent(done / total, 0)) : words.download.starting}</span>
    <button type="button" class="link" onClick={onCancel}>
      {words.download.cancel}
    </button>
    <span class="bar" aria-hidden="true">
      <span class="bar-fill" style={{ inlineSize: `${total > 0 ? (100 * done) / total : 0}%` }} />
    </span>
  </div>
);
