/**
 * Quality against memory, or against flash where a device limits that: everything that was looked at, the original and where we are now.
 */
import type { PlotClient } from '../../client/plot.ts';
import { niceCeiling } from '../../lib/axis.ts';
import { shortened } from '../../lib/format.ts';
import type { ModelView } from '../../protocol/generated.ts';
import * as derived from '../../state/derived.ts';
import { device, showsFlash } from '../../state/device.ts';
import { costOnDevice, flashLimit, flashOf } from '../../state/footprint.ts';
import { originalDevice, type Result, results, trail } from '../../state/store.ts';
import { isGain, nameOf } from '../../ui/quality.ts';
import { words } from '../../ui/words.ts';
import { qualityRange, tradeChart, type XY } from './charts.ts';
import type { Frame } from './frame.ts';
import { Diamond, Dot, Label, PointLabel } from './marks.tsx';
import { PlotView } from './PlotView.tsx';

/** Characters of a device's name that fit half of the plot. */
const LABEL_LENGTH = 12;

const pointOf = (key: string): XY[] => {
  const result = results.value.get(key);
  return result && derived.fillsPoint(result) ? placeOf(result) : [];
};

/** What a result takes of the device's flash where that is shown, else its memory; with its quality. */
const placeOf = (result: Result): XY[] => {
  const quality = derived.qualityOf(result);
  const { bytes, device } = result.applied;
  const cost = costOnDevice(device);
  const size = showsFlash.value ? cost && flashOf(cost) : bytes;
  return quality === null || size === null ? [] : [[size, quality]];
};

/** Where the original stands. */
const originOf = (model: ModelView): XY | null => {
  const quality = derived.baseQuality.value;
  const cost = originalDevice.value;
  return quality === null ? null : [showsFlash.value && cost ? flashOf(cost) : model.bytes, quality];
};

/** Too close for two labels. */
const near = (frame: Frame, a: XY, b: XY): boolean =>
  Math.abs(frame.x(a[0]) - frame.x(b[0])) < 48 && Math.abs(frame.y(a[1]) - frame.y(b[1])) < 16;

/** At the foot of its line, where no point is likely; on the side where there is more room. */
const LimitLabel = ({ frame, at }: { frame: Frame; at: number }) => {
  const name = device.value?.name;
  if (!name || !frame.spans(at)) return null;
  const onRight = frame.x(at) < (frame.left + frame.right) / 2;
  const text = words.device.limitMark(shortened(name, LABEL_LENGTH));
  return (
    <Label
      x={frame.x(at) + (onRight ? 5 : -5)}
      y={frame.bottom - 6}
      text={text}
      series="device"
      anchor={onRight ? 'start' : 'end'}
    />
  );
};

export const TradeOff = ({ plots }: { plots: PlotClient }) => {
  const view = derived.view.value;
  if (!view) return <section class="card trade" />;
  const measure = derived.measure.value;
  const quality = nameOf(measure);
  const tried = trail.value.flatMap(pointOf);
  const explored = [...results.value.keys()].flatMap(pointOf);
  const base = derived.baseQuality.value;
  const shown = derived.shown.value;
  const now = shown ? (placeOf(shown.result)[0] ?? null) : null;
  const important = [...(now ? [now] : []), ...(isGain(measure) ? [] : explored)].map(([, y]) => y);
  const origin = originOf(view);
  const limit = showsFlash.value ? flashLimit(device.value) : null;
  const title = showsFlash.value ? words.curves.tradeOffFlash(quality) : words.curves.tradeOff(quality);
  const data = tradeChart({
    explored,
    tried,
    range: qualityRange(important, base, measure),
    mostBytes: niceCeiling(Math.max((origin?.[0] ?? view.bytes) * 1.05, now?.[0] ?? 0)),
    limit,
    base: origin,
    measure,
    sizeLabel: showsFlash.value ? words.curves.flashAxis : words.curves.memoryAxis,
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
            {limit !== null && <LimitLabel frame={frame} at={limit} />}
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
