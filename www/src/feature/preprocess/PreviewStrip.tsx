/**
 * The first samples as the model sees them, after scaling: pictures, lines or maps, with their labels.
 */
import { useLayoutEffect, useRef } from 'preact/hooks';
import { plain } from '../../lib/format.ts';
import { type Grid, lineOf, lookOf, pixelsOf, type Span, spanOf, stacked } from '../../lib/picture.ts';
import type { Preview, SamplesView } from '../../protocol/generated.ts';
import { words } from '../../ui/words.ts';

const SHOWN = 8;
/** Channels of a signal that are told apart by their colours. */
const LINES = 6;
const BOX = { width: 88, height: 56 };

export const PreviewStrip = ({ view, busy }: { view: SamplesView; busy: boolean }) => {
  const previews = view.previews.slice(0, SHOWN);
  const span = spanOf(previews);
  const [first] = previews;
  if (!first) return <p class="hint">{words.preprocess.noPreview}</p>;
  return (
    <figure class="previews" data-busy={busy} data-testid="previews" data-look={lookOf(first.shape)}>
      <ol>
        {previews.map((preview, index) => (
          <li key={`${index}:${preview.label}`}>
            <Look preview={preview} span={span} />
            <span class="preview-label" title={preview.label ?? ''}>
              {preview.label ?? words.layers.none}
            </span>
          </li>
        ))}
      </ol>
      <figcaption class="hint">{words.preprocess.caption(plain(span.low), plain(span.high))}</figcaption>
    </figure>
  );
};

const Look = ({ preview, span }: { preview: Preview; span: Span }) => {
  const name = words.preprocess.previewOf(preview.label ?? words.preprocess.noLabel);
  switch (lookOf(preview.shape)) {
    case 'signal':
      return <Lines grid={preview} span={span} name={name} />;
    case 'picture':
      return <Pixels grid={preview} span={span} name={name} />;
    case 'map':
      return <Pixels grid={stacked(preview)} span={span} name={name} />;
  }
};

type Props = { grid: Grid; span: Span; name: string };

const Pixels = ({ grid, span, name }: Props) => {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [, rows, columns] = grid.shape;
  useLayoutEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (columns > 0 && rows > 0) context?.putImageData(new ImageData(pixelsOf(grid, span), columns, rows), 0, 0);
  }, [grid, span.low, span.high]);
  return <canvas ref={canvas} class="preview-pixels" width={columns} height={rows} role="img" aria-label={name} />;
};

const Lines = ({ grid, span, name }: Props) => (
  <svg class="preview-lines" viewBox={`0 -2 ${BOX.width} ${BOX.height + 4}`} role="img" aria-label={name}>
    {Array.from({ length: Math.min(LINES, grid.shape[0]) }, (_, channel) => (
      <path key={channel} class={`line-${channel}`} d={lineOf(grid, channel, span, BOX)} />
    ))}
  </svg>
);
