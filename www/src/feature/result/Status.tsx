/**
 * How far the figures can be trusted, in a word and a dot; and while layers are factored, how far that is.
 */
import * as derived from '../../state/derived.ts';
import type { Runner } from '../../state/runner.ts';
import { activity } from '../../state/store.ts';
import { words } from '../../ui/words.ts';

const labelOf = (trust: derived.Trust, busy: boolean): string => {
  if (trust === 'exact') return words.result.exact;
  if (trust === 'coarse') return words.result.refining;
  if (trust === 'stale') return busy ? words.result.updating : words.result.stale;
  return words.result.waiting;
};

export const Status = () => {
  const trust = derived.shown.value?.trust ?? 'none';
  const busy = derived.busy.value;
  return (
    <span class="status" data-state={trust} data-busy={busy} data-testid="status">
      <span class="dot" />
      {labelOf(trust, busy)}
    </span>
  );
};

/** Lies over the download buttons, which wait for the same work; the old figures stay in sight. */
export const Factoring = ({ runner }: { runner: Runner }) => {
  const now = activity.value;
  // Before the first figures the card that opens the model shows these steps.
  if (now.kind !== 'factoring' || !derived.shown.value) return null;
  const { task, done, total } = now;
  const share = (done + (task.steps > 0 ? task.step / task.steps : 0)) / Math.max(1, total);
  return (
    <div class="factoring" data-testid="factoring">
      <span>
        {words.result.factoring(task.layer, task.step, task.steps)}
        {total > 1 && `, ${words.result.layerOf(Math.min(done + 1, total), total)}`}
      </span>
      <button type="button" class="link" onClick={() => void runner.cancel()}>
        {words.result.cancel}
      </button>
      <span class="bar" aria-hidden="true">
        <span class="bar-fill" style={{ inlineSize: `${Math.min(1, share) * 100}%` }} />
      </span>
    </div>
  );
};
