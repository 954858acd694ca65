/**
 * @file Fills reproduction.html while the site is built: every number on that page is computed here from
 * points.json and from what the paper prints, so that none is typed in twice.
 */
import { existsSync, readFileSync } from 'node:fs';
import { COSTS, LOSSES, SIZES } from './charts.mjs';
import { cheapestWithin, titleOf } from './curves.mjs';
import { ALLOWED_LOSS_PERCENT, MEMORY, mean, meanWithoutLargest, median, ratios, SPEED } from './published.mjs';

/**
 * @typedef {import('./curves.mjs').Measured} Measured
 * @typedef {import('./curves.mjs').Point} Point
 * @typedef {import('./curves.mjs').Curve} Curve
 */

const NBSP = '\u00a0';
const NONE = '\u2013';
/** Bars are drawn in these units. */
const BAR_LENGTH = 20;

/** @param {number} value */
const times = (value) => `${value.toFixed(value < 2 ? 2 : 1)}\u00d7`;

/** @param {number} bytes */
const size = (bytes) => (bytes < 1e6 ? `${Math.round(bytes / 1e3)}${NBSP}kB` : `${(bytes / 1e6).toFixed(2)}${NBSP}MB`);

/** @param {number} percent */
const percent = (percent) => `${percent.toFixed(2)}${NBSP}%`;

/** @param {number} macs */
const count = (macs) => (macs < 1e6 ? `${Math.round(macs / 1e3)}${NBSP}k` : `${(macs / 1e6).toFixed(2)}${NBSP}M`);

/** @param {number} loss */
const points = (loss) => `${loss}${NBSP}${loss === 1 ? 'point' : 'points'}`;

/**
 * A table cell with a number.
 * @param {string} text
 */
const cell = (text) => `<td>${text}</td>`;

/** @param {string} text */
const head = (text) => `<th scope="row">${text}</th>`;

/**
 * A ratio with a bar of its length.
 * @param {number} value
 * @param {string} kind the class of the bar
 */
function bar(value, kind) {
  const box = `viewBox="0 0 ${BAR_LENGTH} 1" preserveAspectRatio="none" aria-hidden="true" focusable="false"`;
  return `<td class="with-bar">${times(value)}<svg class="ratio ${kind}" ${box}><rect width="${value.toFixed(2)}" height="1"/></svg></td>`;
}

/** The inlined pictures of one cost: each stylesheet width shows one of them. */
function chart(/** @type {'bytes' | 'macs'} */ cost) {
  const pictures = SIZES.map(({ name }) => {
    const url = new URL(`./chart/${COSTS[cost].name}-${name}.svg`, import.meta.url);
    return `<div class="plot chart-${name}">${existsSync(url) ? readFileSync(url, 'utf8') : ''}</div>`;
  });
  return pictures.join('\n');
}

/** @param {Curve[]} curves */
function legend(curves) {
  const sample =
    '<svg class="plot sample" viewBox="0 0 34 12" aria-hidden="true" focusable="false"><g class="series ID"><path class="line" d="M2 6H32"/><circle cx="17" cy="6" r="3.5"/></g></svg>';
  return curves.map(({ id }) => `<li>${sample.replace('ID', id)}${titleOf(id)}</li>`).join('\n');
}

/** How an amount of each cost is written. */
const AMOUNT = { bytes: size, macs: count };

/**
 * One row per curve: the cheapest point at each loss, and how many times that is less than the original.
 * @param {Measured} measured
 * @param {'bytes' | 'macs'} cost
 */
function cheapestRows(measured, cost) {
  const rows = measured.curves.map((curve) => {
    const cells = LOSSES.flatMap((loss) => {
      const point = cheapestWithin(measured, curve, cost, loss);
      return point ? [AMOUNT[cost](point[cost]), times(measured.model[cost] / point[cost])] : [NONE, NONE];
    });
    return `<tr>${head(titleOf(curve.id))}${cells.map(cell).join('')}</tr>`;
  });
  return rows.join('\n');
}

/** What the paper reports for the two networks of the same shape, as rows under ours. */
function publishedRows() {
  const dense = MEMORY.filter(({ kind }) => kind === 'dense');
  const rows = /** @type {const} */ (['svd', 'sparse']).flatMap((method) =>
    dense.map((memory) => {
      const title = `${memory.name}, ${method === 'svd' ? 'SVD' : 'sparse coding'}`;
      const kilobytes = `${memory[method]}${NBSP}KB`;
      const cells = [NONE, NONE, kilobytes, times(ratios(memory)[method])];
      return `<tr>${head(title)}${cells.map(cell).join('')}</tr>`;
    }),
  );
  return rows.join('\n');
}

function paperRows() {
  const rows = MEMORY.map((memory) => {
    const { svd, sparse, beyond } = ratios(memory);
    const sizes = [
      `${memory.original}${NBSP}MB`,
      ...[memory.svd, memory.sparse].map((value) => `${value}${NBSP}${memory.unit}`),
    ];
    return `<tr>${head(memory.name)}${sizes.map(cell).join('')}${bar(svd, 'low_rank')}${bar(sparse, 'dictionary')}${cell(times(beyond))}</tr>`;
  });
  return rows.join('\n');
}

function paperSummary() {
  const all = MEMORY.map(ratios);
  const columns = /** @type {const} */ (['svd', 'sparse', 'beyond']);
  const row = (/** @type {string} */ title, /** @type {(values: number[]) => number} */ statistic) => {
    const cells = columns.map((column) => cell(times(statistic(all.map((ratio) => ratio[column])))));
    return `<tr>${head(title)}<td class="sizes" colspan="3"></td>${cells.join('')}</tr>`;
  };
  return `${row('Mean', mean)}\n${row('Median', median)}`;
}

/** @param {import('./curves.mjs').Setting} setting */
function settingText(setting) {
  return setting.method === 'low_rank' ? String(setting.rank) : `${setting.atoms} / ${setting.nonzeros}`;
}

/** @param {Curve} curve */
function pointRows({ id, points: measured }) {
  const rows = measured.map(({ layers, bytes, macs, accuracy }) => {
    const cells = [settingText(layers.fc1), settingText(layers.fc2), size(bytes), count(macs), percent(accuracy)];
    return `<tr>${cells.map(cell).join('')}</tr>`;
  });
  const title = `<tr class="group"><th scope="rowgroup" colspan="5">${titleOf(id)}</th></tr>`;
  return `<tbody>${title}${rows.join('\n')}</tbody>`;
}

/**
 * How many times smaller sparse coding is than SVD, with at most so many points lost.
 * @param {Measured} measured
 * @param {number} loss
 */
function beyondSvd(measured, loss) {
  const [svd, sparse] = /** @type {const} */ (['low_rank', 'dictionary']).map((id) => {
    const curve = measured.curves.find((one) => one.id === id);
    return curve ? cheapestWithin(measured, curve, 'bytes', loss) : null;
  });
  return svd && sparse ? times(svd.bytes / sparse.bytes) : NONE;
}

/**
 * The smallest and the largest ratio of the paper in one column.
 * @param {'sparse' | 'beyond'} column
 * @param {'dense' | 'convolutional' | null} kind
 */
function span(column, kind = null) {
  const values = MEMORY.filter((memory) => kind === null || memory.kind === kind).map(
    (memory) => ratios(memory)[column],
  );
  return `${times(Math.min(...values))} to ${times(Math.max(...values))}`;
}

/**
 * Everything that stands between double braces in reproduction.html.
 * @param {Measured} measured
 * @returns {Record<string, string>}
 */
export function entries(measured) {
  const { model, curves } = measured;
  const tried = curves.map(({ id, tried: settings }) => `${settings} for ${titleOf(id)}`);
  return {
    sizes: model.sizes,
    bytes: size(model.bytes),
    macs: count(model.macs),
    accuracy: percent(model.accuracy),
    samples: model.samples.toLocaleString('en-GB'),
    tried: tried.join(', '),
    'chart-memory': chart('bytes'),
    'chart-macs': chart('macs'),
    legend: legend(curves),
    'memory-rows': cheapestRows(measured, 'bytes'),
    'macs-rows': cheapestRows(measured, 'macs'),
    'published-rows': publishedRows(),
    'paper-rows': paperRows(),
    'paper-summary': paperSummary(),
    'all-points': curves.map(pointRows).join('\n'),
    'allowed-loss': `${ALLOWED_LOSS_PERCENT}${NBSP}%`,
    'loss-small': points(LOSSES[0] ?? 0),
    'loss-large': points(LOSSES[1] ?? 0),
    'memory-mean': times(mean(MEMORY.map((memory) => ratios(memory).sparse))),
    'dense-span': span('sparse', 'dense'),
    'convolutional-span': span('sparse', 'convolutional'),
    'svd-mean': times(mean(MEMORY.map((memory) => ratios(memory).svd))),
    'beyond-span': span('beyond'),
    'beyond-small': beyondSvd(measured, LOSSES[0] ?? 0),
    'beyond-large': beyondSvd(measured, LOSSES[1] ?? 0),
    'speed-pairs': String(SPEED.pairs),
    'speed-mean': times(SPEED.mean),
    'speed-median': times(SPEED.median),
    'speed-largest': `${SPEED.largest}\u00d7`,
    'speed-rest': times(meanWithoutLargest()),
  };
}

/**
 * The page with every entry filled in; an entry that is unknown or left over stops the build.
 * @param {string} html
 * @param {Record<string, string>} values
 */
export function fill(html, values) {
  const unused = new Set(Object.keys(values));
  const filled = html.replace(/\{\{([\w-]+)\}\}/g, (_, /** @type {string} */ name) => {
    unused.delete(name);
    const value = values[name];
    if (value === undefined) {
      throw new Error(`reproduction.html asks for "${name}", which www/reproduction/page.mjs does not have.`);
    }
    return value;
  });
  if (unused.size > 0) {
    throw new Error(`reproduction.html leaves out ${[...unused].join(', ')}.`);
  }
  return filled;
}

/** @returns {Measured} */
export function readPoints() {
  return JSON.parse(readFileSync(new URL('./points.json', import.meta.url), 'utf8'));
}

/** The plugin of Vite that fills the page. */
export function reproductionPage() {
  return {
    name: 'reproduction-page',
    transformIndexHtml: {
      order: /** @type {const} */ ('pre'),
      /**
       * @param {string} html
       * @param {{ filename: string }} context
       */
      handler: (html, { filename }) =>
        filename.endsWith('reproduction.html') ? fill(html, entries(readPoints())) : html,
    },
  };
}
