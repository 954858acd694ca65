/**
 * A search on its way: its stages, the layer in work, and a way to end it with what it has.
 */
import type { SearchProgress, SearchStage } from '../../protocol/generated.ts';
import { Icon } from '../../ui/Icon.tsx';
import { words } from '../../ui/words.ts';

const STAGES: readonly SearchStage[] = ['tables', 'sensitivity', 'fit', 'refine'];

type Props = { progress: SearchProgress | null; onStop: () => void };

export const SearchSteps = ({ progress, onStop }: Props) => {
  const now = STAGES.indexOf(progress?.stage ?? 'tables');
  return (
    <div class="search-steps">
      <ol>
        {STAGES.map((stage, index) => (
          <li
            key={stage}
            data-step={index < now ? 'done' : index === now ? 'now' : 'ahead'}
            aria-current={index === now ? 'step' : undefined}
          >
            {index < now ? <Icon name="check" /> : <span class="dot" />}
            <span>{words.budget.stages[stage]}</span>
            {index === now && <Detail progress={progress} />}
          </li>
        ))}
      </ol>
      <button type="button" class="button" onClick={onStop}>
        {words.budget.stop}
      </button>
    </div>
  );
};

const Detail = ({ progress }: { progress: SearchProgress | null }) => {
  if (!progress) return null;
  const { layer, step, steps } = progress;
  const share = steps > 0 ? Math.min(1, step / steps) : 0;
  return (
    <>
      {steps > 1 && (
        <span class="bar" aria-hidden="true">
          <span class="bar-fill" style={{ inlineSize: `${share * 100}%` }} />
        </span>
      )}
      <span class="hint">
        {steps > 1 && words.budget.step(step, steps)}
        {layer && ` ${layer}`}
      </span>
    </>
  );
};
