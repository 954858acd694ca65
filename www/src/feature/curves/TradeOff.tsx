/**
 * Quality against memory: everything that was looked at, the original and where we are now.
 */
import type { PlotClient } from '../../client/plot.ts';
import { niceCeiling } from '../../lib/axis.ts';
import * as derived from '../../state/derived.ts';
import { results, trail } from '../../state/store.ts';
import { words } from '../../ui/words.ts';
import { qualityRange, tradeChart, type XY } from './charts.ts';
import type { Frame } from './frame.ts';
import { Diamond, Dot, PointLabel } from './marks.tsx';
import { PlotView } from './PlotView.tsx';

const pointOf = (key: string): XY[] => {
  const result = results.value.get(key);
  const quality = result && derived.fillsPoint(result) ? derived.qualityOf(result) : null;
  return result && quality !== null ? [[result.applied.bytes, quality]] : [];
};

/** Too close for two labels. */
const near = (frame: Frame, a: XY, b: XY): boolean =>
  Math.abs(frame.x(a[0]) - frame.x(b[0])) < 48 && Math.abs(frame.y(a[1]) - frame.y(b[1])) < 16;

export const TradeOff = ({ plots }: { plots: PlotClient }) => {
  const view = derived.view.value;
  if (!view) return <section class="card trade" />;
  const isAccuracy = derived.measuresAccuracy.value;
  const quality = isAccuracy ? words.curves.accuracy : words.curves.error;
  const tried = trail.value.flatMap(pointOf);
  const explored = [...results.value.keys()].flatMap(pointOf);
  const base = derived.baseQuality.value;
  const shown = derived.shown.value;
  const now: XY | null = shown ? [shown.result.applied.bytes, derived.qualityOf(shown.result) ?? 0] : null;
  const important = [...(now ? [now] : []), ...(isAccuracy ? [] : explored)].map(([, y]) => y);
  const origin: XY | null = base === null ? null : [view.bytes, base];
  const title = words.curves.tradeOff(quality);
  const data = tradeChart({
    explored,
    tried,
    range: qualityRange(important, base, isAccuracy),
    mostBytes: niceCeiling(Math.max(view.bytes * 1.05, now?.[0] ?? 0)),
    base: origin,
    isAccuracy,
    memoryLabel: words.curves.memoryAxis,
    title,
    description: title,
  });
  return (
    <section class="card trade" aria-labelledby="trade-title">
      <div class="card-head">
        <h2 id="trade-title">{title}</h2>
        <span class="key">
          <span class="key-dot explored" />
          {words.curves.swept}
          <span class="key-dot tried" />
          {words.curves.tried}
        </span>
      </div>
      <PlotView id="trade" plots={plots} data={data}>
        {(frame) => (
          <>
            {origin && <Diamond frame={frame} x={origin[0]} y={origin[1]} />}
            {origin && <PointLabel frame={frame} x={origin[0]} y={origin[1]} text={words.curves.original} />}
            {now && <Dot frame={frame} x={now[0]} y={now[1]} series="now" stale={shown?.trust === 'stale'} />}
            {now && !(origin && near(frame, now, origin)) && (
              <PointLabel frame={frame} x={now[0]} y={now[1]} text={words.curves.now} />
            )}
          </>
        )}
      </PlotView>
    </section>
  );
};
