/**
 * The large plot: quality above, memory and multiply-accumulates below, against the slider in hand. The legend reads
 * the values at the pointer, or at the thumb.
 */
import { useState } from 'preact/hooks';
import type { PlotClient } from '../../client/plot.ts';
import { nearestIndex } from '../../lib/nearest.ts';
import type { ModelView } from '../../protocol/generated.ts';
import * as derived from '../../state/derived.ts';
import { fitsAt } from '../../state/device.ts';
import { breakEvenValue, type Dial, turned } from '../../state/dial.ts';
import { controls, results } from '../../state/store.ts';
import type { Sweeper } from '../../state/sweeper.ts';
import { isGain, nameOf } from '../../ui/quality.ts';
import { words } from '../../ui/words.ts';
import { axisOf, axisX, dialName } from './axis.ts';
import { costChart, costShare, qualityChart, qualityRange, type XY } from './charts.ts';
import { PlotView } from './PlotView.tsx';
import { SweepHead } from './SweepHead.tsx';
import { CostOverlay, QualityOverlay } from './SweepOverlay.tsx';

type Props = { plots: PlotClient; sweeper: Sweeper };

export const Sweep = ({ plots, sweeper }: Props) => {
  const dial = derived.dial.value;
  const view = derived.view.value;
  if (!dial || !view) return <section class="card sweep" />;
  return <Panels {...{ plots, sweeper, dial, view }} />;
};

const Panels = ({ plots, sweeper, dial, view }: Props & { dial: Dial; view: ModelView }) => {
  const [hover, setHover] = useState<number | null>(null);
  // Both panels share the slider's axis, so the one with the narrower labels moves in.
  const [lefts, setLefts] = useState({ quality: 0, cost: 0 });
  const left = Math.max(lefts.quality, lefts.cost);
  const measured = measuredPoints();
  const measure = derived.measure.value;
  const name = dialName(dial);
  const x = axisOf(dial);
  const turningPoint = breakEvenValue(dial);
  const breakEven = turningPoint === null ? null : axisX(dial, turningPoint);
  const description = words.curves.describeSweep(name);
  const at = dial.values[dial.at] ?? 0;
  const indexAt = (place: number): number =>
    nearestIndex(
      dial.values.map((value) => axisX(dial, value)),
      place,
    );
  const shown = hover === null ? null : (dial.values[indexAt(hover)] ?? null);
  const shownX = shown === null ? null : axisX(dial, shown);
  const drag = (place: number): void => {
    controls.value = turned(view, controls.peek(), dial.id, indexAt(place));
  };
  const costs = derived.curveCosts.value.map(({ x: value, cost }) => ({ x: axisX(dial, value), cost }));
  const memory = costShare(costs, (cost) => cost.bytes, view.bytes);
  const macs = costShare(costs, (cost) => cost.macs, view.macs);
  const crossed = fitsAt.value;
  const fits = crossed && { ...crossed, x: axisX(dial, crossed.x) };
  const base = derived.isMeasured.value ? derived.baseQuality.value : null;
  const range = qualityRange(importantValues(measured), base, measure);
  const points = measured.map(([value, y]): XY => [axisX(dial, value), y]);
  const shared = { plots, onHover: setHover, onDrag: drag };
  return (
    <section class="card sweep" aria-labelledby="sweep-title">
      <SweepHead dial={dial} name={name} at={shown ?? at} hovering={shown !== null} sweeper={sweeper} />
      <PlotView
        {...shared}
        id="quality"
        inset={left - lefts.quality}
        onLeft={(own) => own !== lefts.quality && setLefts({ ...lefts, quality: own })}
        data={qualityChart({
          x,
          breakEven,
          fits: fits?.x ?? null,
          title: words.curves.against(nameOf(measure), name),
          description,
          points,
          range,
          base,
          measure,
        })}
      >
        {(frame) => (
          <QualityOverlay frame={frame} at={axisX(dial, at)} hover={shownX} breakEven={breakEven} fits={fits} />
        )}
      </PlotView>
      <PlotView
        {...shared}
        id="cost"
        inset={left - lefts.cost}
        onLeft={(own) => own !== lefts.cost && setLefts({ ...lefts, cost: own })}
        data={costChart({
          x,
          breakEven,
          fits: fits?.x ?? null,
          title: words.curves.against(words.curves.costs, name),
          description,
          memory,
          macs,
        })}
      >
        {(frame) => <CostOverlay frame={frame} at={axisX(dial, at)} hover={shownX} memory={memory} macs={macs} />}
      </PlotView>
    </section>
  );
};

/** The points of the curve that are known, as [value of the dial, ratio]. */
const measuredPoints = (): XY[] =>
  derived.curvePoints.value.flatMap((point): XY[] => {
    const result = results.value.get(point.key);
    const quality = result && derived.fillsPoint(result) ? derived.qualityOf(result) : null;
    return quality === null ? [] : [[point.x, quality]];
  });

/** The values that the axis must hold: what is set now, and for an error everything. */
const importantValues = (points: readonly XY[]): number[] => {
  const shown = derived.shown.value;
  const now = shown ? derived.qualityOf(shown.result) : null;
  const kept = isGain(derived.measure.value) ? [] : points.map(([, y]) => y);
  return now === null ? kept : [...kept, now];
};
