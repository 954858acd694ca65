/**
 * A picture from the plot worker with an overlay above it. The picture follows when data or size change; the overlay
 * is drawn by the page itself, in the same frame as the slider.
 */
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Draughtsman, type PlotClient } from '../../client/plot.ts';
import type { Chart, Picture } from '../../protocol/generated.ts';
import { Frame } from './frame.ts';

export type ChartData = Omit<Chart, 'width' | 'height'>;

type Size = { width: number; height: number };

type Props = {
  id: string;
  plots: PlotClient;
  data: ChartData;
  /** Room left free at the left, so that plots one above the other share their axis. */
  inset?: number;
  /** Where the plotting area begins without the inset. */
  onLeft?: (left: number) => void;
  /** What lies over the picture, in its pixels. */
  children: (frame: Frame) => ComponentChildren;
  /** A pointer over the plotting area, in units of the x axis; null when it leaves. */
  onHover?: (x: number | null) => void;
  /** The plotting area dragged or pressed at x. */
  onDrag?: (x: number) => void;
};

export const PlotView = ({ id, plots, data, inset = 0, onLeft, children, onHover, onDrag }: Props) => {
  const place = useRef<HTMLDivElement>(null);
  const size = useSize(place);
  const picture = usePicture(plots, data, { ...size, width: size.width - inset });
  const frame = picture ? new Frame(picture, data.x.log) : null;
  const left = picture?.rect[0];
  useEffect(() => {
    if (left !== undefined) onLeft?.(left);
  }, [left, onLeft]);
  const xAt = (event: PointerEvent): number | null => {
    const box = place.current?.getBoundingClientRect();
    return box && frame ? frame.valueAt(event.clientX - box.left - inset) : null;
  };
  const drag = (event: PointerEvent): void => {
    const x = xAt(event);
    if (x !== null) onDrag?.(x);
  };
  return (
    <div
      ref={place}
      class={`plot plot-${id}`}
      data-testid={`plot-${id}`}
      data-state={picture ? 'drawn' : 'empty'}
      data-drag={onDrag !== undefined}
      onPointerDown={(event) => {
        if (!onDrag || event.button !== 0) return;
        place.current?.setPointerCapture(event.pointerId);
        drag(event);
      }}
      onPointerMove={(event) => {
        onHover?.(xAt(event));
        if (place.current?.hasPointerCapture(event.pointerId)) drag(event);
      }}
      onPointerLeave={() => onHover?.(null)}
    >
      <div class="sheet" style={{ left: `${inset}px` }}>
        <Drawing svg={picture?.svg ?? ''} />
        {frame && (
          <svg class="overlay" aria-hidden="true">
            {children(frame)}
          </svg>
        )}
      </div>
    </div>
  );
};

/** The SVG comes from our own renderer, which escapes all text; nothing else is ever put in here. */
const Drawing = ({ svg }: { svg: string }) => {
  const element = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (element.current) element.current.innerHTML = svg;
  }, [svg]);
  return <div ref={element} class="drawing" />;
};

const useSize = (place: { current: HTMLElement | null }): Size => {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => {
      if (!entry) return;
      const { width, height } = entry.contentRect;
      setSize({ width: Math.round(width), height: Math.round(height) });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [place]);
  return size;
};

const usePicture = (plots: PlotClient, data: ChartData, size: Size): Picture | null => {
  const [picture, setPicture] = useState<Picture | null>(null);
  const draughtsman = useRef<Draughtsman | null>(null);
  draughtsman.current ??= new Draughtsman(plots, setPicture);
  const chart: Chart = { ...data, ...size };
  const mark = JSON.stringify(chart);
  useEffect(() => {
    if (size.width > 60 && size.height > 50) draughtsman.current?.draw(chart);
  }, [mark]);
  return picture;
};
