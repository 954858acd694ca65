/**
 * Pictures of samples: colours, greys and lines out of the numbers that a model reads. Pure; draws nothing itself.
 */

/** Channels, rows and columns; values channel after channel, row after row, perhaps cut short. */
export type Grid = { shape: readonly [number, number, number]; values: readonly number[] };

export type Span = { low: number; high: number };

export type Look = 'picture' | 'signal' | 'map';

/** More channels than three make no picture; one row is a signal, of one or of several channels. */
export const lookOf = ([channels, rows]: Grid['shape']): Look => {
  if (rows === 1) return 'signal';
  return channels === 1 || channels === 3 ? 'picture' : 'map';
};

/** From the smallest to the largest of all values, so that samples side by side can be compared. */
export const spanOf = (grids: readonly Grid[]): Span => {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const { values } of grids) {
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? { low, high } : { low: 0, high: 0 };
};

/** Bytes of red, green, blue and opacity, row after row; channels beyond the third are left out. */
export const pixelsOf = (
  { shape: [channels, rows, columns], values }: Grid,
  span: Span,
): Uint8ClampedArray<ArrayBuffer> => {
  const area = rows * columns;
  const pixels = new Uint8ClampedArray(4 * area);
  const scale = span.high > span.low ? 255 / (span.high - span.low) : 0;
  for (let place = 0; place < area; place += 1) {
    for (let colour = 0; colour < 3; colour += 1) {
      const value = values[(channels === 3 ? colour * area : 0) + place] ?? span.low;
      pixels[4 * place + colour] = (value - span.low) * scale;
    }
    pixels[4 * place + 3] = 255;
  }
  return pixels;
};

/** All channels one below the other as one grid of one channel: a map. */
export const stacked = ({ shape: [channels, rows, columns], values }: Grid): Grid => ({
  shape: [1, channels * rows, columns],
  values,
});

/** The line of one channel of a signal, in a box of `width` by `height`. */
export const lineOf = (grid: Grid, channel: number, span: Span, box: { width: number; height: number }): string => {
  const columns = grid.shape[2];
  const values = grid.values.slice(channel * columns, (channel + 1) * columns);
  const across = box.width / Math.max(1, columns - 1);
  const up = span.high > span.low ? box.height / (span.high - span.low) : 0;
  const points = values.map((value, index) => {
    const y = box.height - (value - span.low) * up;
    return `${(index * across).toFixed(1)} ${y.toFixed(1)}`;
  });
  return points.length > 0 ? `M${points.join('L')}` : '';
};
