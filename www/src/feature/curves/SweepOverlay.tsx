/**
 * What lies over the two panels of the large plot.
 */
import { spreadLabels } from '../../lib/axis.ts';
import * as derived from '../../state/derived.ts';
import { device } from '../../state/device.ts';
import type { Crossing } from '../../state/footprint.ts';
import { words } from '../../ui/words.ts';
import type { XY } from './charts.ts';
import type { Frame } from './frame.ts';
import { Cursor, Dot, HoverLine, Label } from './marks.tsx';

type Props = { frame: Frame; at: number; hover: number | null };

type QualityProps = Props & { breakEven: number | null; fits: Crossing | null };

export const QualityOverlay = ({ frame, at, hover, breakEven, fits }: QualityProps) => {
  const shown = derived.shown.value;
  const quality = shown && shown.trust !== 'stale' ? derived.qualityOf(shown.result) : null;
  const base = derived.isMeasured.value ? derived.baseQuality.value : null;
  return (
    <>
      <HoverLine frame={frame} at={hover} />
      <Cursor frame={frame} at={at} />
      {base !== null && <OriginalLabel frame={frame} at={base} />}
      {breakEven !== null && <BreakEvenLabel frame={frame} at={breakEven} />}
      {fits && <FitsLabel frame={frame} at={fits} />}
      <Dot frame={frame} x={at} y={quality} series="quality" />
    </>
  );
};

/** Above its line, or below where the line is at the top. */
const OriginalLabel = ({ frame, at }: { frame: Frame; at: number }) => {
  const y = frame.y(at);
  return <Label x={frame.left + 6} y={y - frame.top < 16 ? y + 13 : y - 5} text={words.curves.original} />;
};

/** On the side with more room; what it says is true of that side. Above the name of the break-even. */
const FitsLabel = ({ frame, at }: { frame: Frame; at: Crossing }) => {
  const name = device.value?.name;
  if (!name || !frame.spans(at.x)) return null;
  const x = frame.x(at.x);
  const onRight = x < (frame.left + frame.right) / 2;
  return (
    <Label
      x={x + (onRight ? 5 : -5)}
      y={frame.bottom - 22}
      text={at.below === onRight ? words.device.tooLarge(name) : words.device.fits(name)}
      series="device"
      anchor={onRight ? 'start' : 'end'}
    />
  );
};

const BreakEvenLabel = ({ frame, at }: { frame: Frame; at: number }) => {
  const x = frame.x(at);
  const onRight = frame.right - x > 80;
  return (
    <Label
      x={x + (onRight ? 5 : -5)}
      y={frame.bottom - 6}
      text={words.curves.breakEven}
      anchor={onRight ? 'start' : 'end'}
    />
  );
};

/** Height in px that a label needs. */
const LABEL_GAP = 14;
/** Where along the lines their names stand: before the end, where a rising line leaves room above it. */
const LABEL_SHARE = 0.56;

type CostProps = Props & { memory: readonly XY[]; macs: readonly XY[] };

export const CostOverlay = ({ frame, at, hover, memory, macs }: CostProps) => {
  const whole = derived.view.value;
  const cost = derived.cost.value;
  if (!whole || !cost) return null;
  const rises = (memory[memory.length - 1]?.[1] ?? 0) >= (memory[0]?.[1] ?? 0);
  const share = rises ? LABEL_SHARE : 1 - LABEL_SHARE;
  const place = (line: readonly XY[]): number => frame.y(line[Math.floor((line.length - 1) * share)]?.[1] ?? 0) - 7;
  const [first, second] = spreadLabels([place(memory), place(macs)], LABEL_GAP, frame.top + 10, frame.bottom - 6);
  const x = frame.left + (frame.right - frame.left) * share;
  const anchor = rises ? 'end' : 'start';
  return (
    <>
      <HoverLine frame={frame} at={hover} />
      <Cursor frame={frame} at={at} />
      <Label x={x} y={first ?? 0} text={words.curves.memory} series="memory" anchor={anchor} />
      <Label x={x} y={second ?? 0} text={words.curves.macs} series="macs" anchor={anchor} />
      <OriginalLabel frame={frame} at={1} />
      <Dot frame={frame} x={at} y={whole.macs > 0 ? cost.macs / whole.macs : null} series="macs" />
      <Dot frame={frame} x={at} y={cost.bytes / whole.bytes} series="memory" />
    </>
  );
};
