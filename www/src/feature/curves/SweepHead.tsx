/**
 * The title of the large plot with its legend. The legend carries the values at one place of the slider.
 */
import { bytes, count, percent } from '../../lib/format.ts';
import { nearestIndex } from '../../lib/nearest.ts';
import * as derived from '../../state/derived.ts';
import type { Dial } from '../../state/dial.ts';
import { results, sweepPaused } from '../../state/store.ts';
import type { Sweeper } from '../../state/sweeper.ts';
import { Icon } from '../../ui/Icon.tsx';
import { print, shortNameOf } from '../../ui/quality.ts';
import { words } from '../../ui/words.ts';
import { Sample } from './marks.tsx';

type Props = { dial: Dial; name: string; at: number; hovering: boolean; sweeper: Sweeper };

export const SweepHead = ({ dial, name, at, hovering, sweeper }: Props) => {
  const cost = (!hovering && derived.current.value?.applied) || costAt(at);
  const quality = hovering ? qualityAt(at) : qualityNow();
  const measure = derived.measure.value;
  const place = dial.unit === 'percent' ? percent(at / 100, 0) : String(at);
  return (
    <div class="card-head sweep-head">
      <h2 id="sweep-title">{words.curves.sweep(name)}</h2>
      <Filling sweeper={sweeper} />
      <dl class="legend" data-hovering={hovering}>
        {hovering && (
          <div class="legend-place">
            <dt>{words.curves.at}</dt>
            <dd>{place}</dd>
          </div>
        )}
        <Entry
          series="quality"
          name={shortNameOf(measure)}
          value={quality === null ? words.layers.none : print(measure, quality)}
        />
        <Entry series="memory" name={words.curves.memory} value={cost ? bytes(cost.bytes) : words.layers.none} />
        <Entry series="macs" name={words.curves.macs} value={cost ? count(cost.macs) : words.layers.none} />
      </dl>
    </div>
  );
};

const Entry = ({ series, name, value }: { series: string; name: string; value: string }) => (
  <div>
    <dt>
      <Sample series={series} />
      {name}
    </dt>
    <dd>{value}</dd>
  </div>
);

/** How much of the curve is there, while it fills. */
const Filling = ({ sweeper }: { sweeper: Sweeper }) => {
  const total = derived.curvePoints.value.length;
  const done = derived.curveFilled.value;
  if (total === 0) return null;
  const going = done < total && !sweepPaused.value && derived.shown.value !== null;
  return (
    <span class="filling" data-state={done < total ? 'filling' : 'full'} data-testid="filling">
      {going && (
        <>
          {words.curves.points(done, total)}
          <button
            type="button"
            class="icon-button small"
            aria-label={words.curves.stop}
            onClick={() => void sweeper.pause()}
          >
            <Icon name="close" />
          </button>
        </>
      )}
    </span>
  );
};

const costAt = (x: number) => {
  const points = derived.curveCosts.value;
  const index = nearestIndex(
    points.map((point) => point.x),
    x,
  );
  return points[index]?.cost ?? null;
};

const qualityNow = (): number | null => {
  const shown = derived.shown.value;
  return shown && shown.trust !== 'stale' ? derived.qualityOf(shown.result) : null;
};

/** Only where it was measured: nothing is read off between two points. */
const qualityAt = (x: number): number | null => {
  const points = derived.curvePoints.value;
  const index = nearestIndex(
    points.map((point) => point.x),
    x,
  );
  const point = points[index];
  const span = (points[points.length - 1]?.x ?? 0) - (points[0]?.x ?? 0);
  if (!point || Math.abs(point.x - x) > span / 64) return null;
  const result = results.value.get(point.key);
  return result && derived.fillsPoint(result) ? derived.qualityOf(result) : null;
};
