/**
 * The figures of the settings that are set, each with its change from the original. A figure that belongs to other
 * settings is greyed and says to which.
 */
import { bytes, count } from '../../lib/format.ts';
import * as derived from '../../state/derived.ts';
import type { Runner } from '../../state/runner.ts';
import { words } from '../../ui/words.ts';
import { Announcer } from './Announcer.tsx';
import { CostFigure } from './CostFigure.tsx';
import { DeviceFigures } from './DeviceFigures.tsx';
import { ErrorFigure } from './ErrorFigure.tsx';
import { Fitted } from './Fitted.tsx';
import { Outputs } from './Outputs.tsx';
import { Quality } from './Quality.tsx';
import { Factoring, Status } from './Status.tsx';

export const ResultCard = ({ runner }: { runner: Runner }) => {
  const trust = derived.shown.value?.trust ?? 'none';
  return (
    <section class="result" aria-labelledby="result-title" aria-busy={derived.busy.value} data-state={trust}>
      <h2 id="result-title" class="visually-hidden">
        {words.result.title}
      </h2>
      <Status />
      <Quality />
      <Costs />
      <Outputs />
      <Fitted />
      <DeviceFigures />
      <Factoring runner={runner} />
      <Announcer />
    </section>
  );
};

/** Sizes answer from the tables at once; where the engine has counted the very plan, its figures are taken. */
const Costs = () => {
  const view = derived.view.value;
  const now = derived.current.value?.applied ?? derived.cost.value;
  if (!view || !now) return null;
  return (
    <div class="costs">
      <CostFigure id="memory" name={words.result.memory} now={now.bytes} before={view.bytes} print={bytes} sizes />
      <CostFigure id="macs" name={words.result.macs} now={now.macs} before={view.macs} print={count} />
      <CostFigure
        id="parameters"
        name={words.result.parameters}
        now={now.parameters}
        before={view.parameters}
        print={count}
        plain
      />
      <ErrorFigure />
    </div>
  );
};
