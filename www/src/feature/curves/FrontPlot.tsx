/**
 * The front of a search: the expected loss of the best plan of each size, with the limit and what was found.
 */
import type { PlotClient } from '../../client/plot.ts';
import type { SearchProgress } from '../../protocol/generated.ts';
import { totalCost } from '../../state/cost.ts';
import * as derived from '../../state/derived.ts';
import { calibration, search } from '../../state/store.ts';
import { words } from '../../ui/words.ts';
import { frontChart } from './charts.ts';
import type { Frame } from './frame.ts';
import { HoverLine, Label } from './marks.tsx';
import { PlotView } from './PlotView.tsx';

export const FrontPlot = ({ plots }: { plots: PlotClient }) => {
  const now = search.value;
  const model = derived.view.value;
  if (!model || (now.kind !== 'running' && now.kind !== 'found')) return null;
  const { progress, request } = now;
  const points = progress?.front ?? [];
  const found = foundBytes(progress);
  return (
    <section class="front" aria-labelledby="front-title">
      <h3 id="front-title">{words.budget.front}</h3>
      {points.length > 1 ? (
        <PlotView
          id="front"
          plots={plots}
          data={frontChart({
            points: points.map(({ bytes, loss }) => [bytes, loss]),
            whole: model.bytes,
            words: {
              title: words.budget.front,
              description: words.budget.describeFront,
              x: words.budget.frontMemory,
              y: words.budget.frontLoss,
            },
          })}
        >
          {(frame) => (
            <>
              <Marked frame={frame} at={request.bytes} text={words.budget.limitMark} row={0} />
              <Marked
                frame={frame}
                at={found}
                text={now.kind === 'found' ? words.budget.foundMark : words.budget.bestMark}
                row={1}
              />
            </>
          )}
        </PlotView>
      ) : (
        <p class="plot plot-front hint">{words.budget.frontWaiting}</p>
      )}
      <p class="hint">{calibration.value ? words.budget.frontHint : words.budget.frontHintPlain}</p>
    </section>
  );
};

const foundBytes = (progress: SearchProgress | null): number | null => {
  const model = derived.view.value;
  return model && progress?.plan ? totalCost(model, progress.plan).bytes : null;
};

type MarkedProps = { frame: Frame; at: number | null; text: string; row: number };

const Marked = ({ frame, at, text, row }: MarkedProps) => {
  if (at === null || !frame.spans(at)) return null;
  const onRight = frame.x(at) < (frame.left + frame.right) / 2;
  return (
    <>
      <HoverLine frame={frame} at={at} />
      <Label
        x={frame.x(at) + (onRight ? 5 : -5)}
        y={frame.top + 12 + 15 * row}
        text={text}
        anchor={onRight ? 'start' : 'end'}
      />
    </>
  );
};
