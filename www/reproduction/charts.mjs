/**
 * @file The charts of the reproduction page: what "sepal plot" is asked to draw, and the words written into its
 * pictures. Knows nothing of files.
 */
import { paretoBest } from './curves.mjs';

/**
 * @typedef {import('./curves.mjs').Measured} Measured
 * @typedef {import('../src/protocol/generated.ts').Chart} Chart
 * @typedef {import('../src/protocol/generated.ts').Picture} Picture
 * @typedef {import('../src/protocol/generated.ts').Axis} Axis
 * @typedef {{ name: 'wide' | 'narrow', width: number, height: number }} Size
 */

/** One drawing for desks and projectors and one for phones, because text in a picture shrinks with it. */
export const SIZES = /** @type {const} */ ([
  { name: 'wide', width: 680, height: 330 },
  { name: 'narrow', width: 340, height: 320 },
]);

/** Losses with a rule across the chart, in points of accuracy. */
export const LOSSES = [1, 5];
/** Pixels between a label and the mark beside it, and the rule below it. */
const MARK_GAP = 9;
const RULE_GAP = 4;
/** Below this accuracy nobody would use the network; curves leave the chart there. */
const LOWEST_PERCENT = 86;

/** @type {Record<'bytes' | 'macs', { name: string, title: string, axis: Axis }>} */
export const COSTS = {
  bytes: {
    name: 'memory',
    title: 'Accuracy against memory',
    axis: { min: 80e3, max: 8e6, log: true, format: 'bytes', label: 'memory for weights, indices included' },
  },
  macs: {
    name: 'macs',
    title: 'Accuracy against multiply-accumulates',
    axis: { min: 20e3, max: 2e6, log: true, format: 'count', label: 'multiply-accumulates per image' },
  },
};

/**
 * The chart of one cost in one size.
 * @param {Measured} measured
 * @param {'bytes' | 'macs'} cost
 * @param {Size} size
 * @returns {Chart}
 */
export function chartOf({ model, curves }, cost, { width, height }) {
  const { title, axis } = COSTS[cost];
  const lines = curves.flatMap(({ id, points }) => {
    const path = paretoBest(points, cost).map(
      (point) => /** @type {[number, number]} */ ([point[cost], point.accuracy / 100]),
    );
    return [
      { id, mark: /** @type {const} */ ('line'), points: path },
      { id, mark: /** @type {const} */ ('points'), points: path },
    ];
  });
  const whole = {
    id: 'original',
    mark: /** @type {const} */ ('points'),
    points: [[model[cost], model.accuracy / 100]],
  };
  return {
    width,
    height,
    x: axis,
    y: { min: LOWEST_PERCENT / 100, max: 1, log: false, format: 'percent', label: 'accuracy' },
    series: /** @type {Chart['series']} */ ([...lines, whole]),
    rules: [0, ...LOSSES].map((loss) => ({
      id: loss === 0 ? 'original' : 'loss',
      axis: 'y',
      at: (model.accuracy - loss) / 100,
    })),
    title,
    description: `${title} for ${curves.length} ways to compress; the figures are in the table "All measured points".`,
  };
}

/**
 * Writes what the rules mean into a picture, above their right ends, where no curve comes by, and left of the
 * original's mark.
 * @param {Picture} picture
 * @param {import('./curves.mjs').Model} model
 * @param {'bytes' | 'macs'} cost
 */
export function labelled({ svg, rect, xRange, yRange }, model, cost) {
  const [left, top, right, bottom] = rect;
  const end = left + (Math.log(model[cost] / xRange[0]) / Math.log(xRange[1] / xRange[0])) * (right - left) - MARK_GAP;
  const lines = [0, ...LOSSES].map((loss) => {
    const ratio = (model.accuracy - loss) / 100;
    const rule = bottom - ((ratio - yRange[0]) / (yRange[1] - yRange[0])) * (bottom - top);
    const words = loss === 0 ? 'original' : `${loss} ${loss === 1 ? 'point' : 'points'} lost`;
    const place = `x="${end.toFixed(1)}" y="${(rule - RULE_GAP).toFixed(1)}" text-anchor="end"`;
    return `<text class="mark-label" ${place}>${words}</text>`;
  });
  return svg.replace('</svg>', `${lines.join('\n')}\n</svg>`);
}

/**
 * All charts as files.
 * @param {Measured} measured
 * @param {(chart: Chart) => Picture} render
 * @returns {{ name: string, svg: string }[]}
 */
export function chartFiles(measured, render) {
  const costs = /** @type {const} */ (['bytes', 'macs']);
  return costs.flatMap((cost) =>
    SIZES.map((size) => ({
      name: `${COSTS[cost].name}-${size.name}.svg`,
      svg: labelled(render(chartOf(measured, cost, size)), measured.model, cost),
    })),
  );
}
