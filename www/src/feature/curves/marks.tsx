/**
 * The small things that lie over a plot: where we are, where the original is, and what a line is called.
 */
import type { Frame } from './frame.ts';

export const Cursor = ({ frame, at }: { frame: Frame; at: number }) => (
  <path class="cursor" d={`M${frame.x(at)} ${frame.top - 4}V${frame.bottom}`} />
);

export const HoverLine = ({ frame, at }: { frame: Frame; at: number | null }) =>
  at === null ? null : <path class="hover-line" d={`M${frame.x(at)} ${frame.top}V${frame.bottom}`} />;

type DotProps = { frame: Frame; x: number; y: number | null; series: string; stale?: boolean };

export const Dot = ({ frame, x, y, series, stale }: DotProps) =>
  y === null || !frame.holds(x, y) ? null : (
    <circle class={`marker ${series}`} data-stale={stale ?? false} cx={frame.x(x)} cy={frame.y(y)} r={5} />
  );

export const Diamond = ({ frame, x, y }: { frame: Frame; x: number; y: number }) =>
  frame.holds(x, y) ? <path class="diamond" d={`M${frame.x(x)} ${frame.y(y) - 6}l6 6l-6 6l-6-6z`} /> : null;

type LabelProps = { x: number; y: number; text: string; series?: string; anchor?: 'start' | 'middle' | 'end' };

export const Label = ({ x, y, text, series, anchor }: LabelProps) => (
  <text class={`mark-label ${series ?? ''}`} x={x} y={y} text-anchor={anchor ?? 'start'}>
    {text}
  </text>
);

/** A label beside a point that turns to the side where there is room. */
export const PointLabel = ({ frame, x, y, text }: { frame: Frame; x: number; y: number; text: string }) => {
  if (!frame.holds(x, y)) return null;
  const onRight = frame.x(x) < (frame.left + frame.right) / 2;
  const above = frame.y(y) > frame.top + 20;
  return (
    <Label
      x={frame.x(x) + (onRight ? 7 : -7)}
      y={frame.y(y) + (above ? -8 : 16)}
      text={text}
      anchor={onRight ? 'start' : 'end'}
    />
  );
};

/** A piece of a line as it is drawn in the plot, for the legend. */
export const Sample = ({ series }: { series: string }) => (
  <svg class="sample" viewBox="0 0 22 10" aria-hidden="true" focusable="false">
    <path class={`sample-line ${series}`} d="M1 5H21" />
  </svg>
);
