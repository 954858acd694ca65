/**
 * @file What the rows say about the targets, and where a data-aware form does not beat its plain twin. Pure.
 */
import { METHODS } from './methods.mjs';
import { asked } from './row.mjs';

/** @typedef {import('./models.mjs').Target} Target */
/** @typedef {import('./models.mjs').Wish} Wish */
/** @typedef {import('./row.mjs').Row} Row */
/** @typedef {{ reached: boolean, text: string }} Verdict */

/** The data-aware form must be better where the model becomes smaller than this. */
const TWIN_RATIO = 5;
/** What the rounding of a row may take from a ratio or a loss. */
const ROUNDING = 1e-4;

const times = (/** @type {number} */ ratio) => `${ratio.toFixed(1)}x`;
const points = (/** @type {number} */ loss) => `${loss.toFixed(2)} points`;

/** @param {Row} row */
function described(row) {
  const macs = `${times(row.macs_ratio)} fewer MACs`;
  return `${times(row.ratio)} smaller, ${macs}, ${points(row.loss)} lost (${row.title})`;
}

/**
 * The first of the best.
 * @param {Row[]} rows
 * @param {(row: Row) => number} value
 */
function best(rows, value) {
  return rows.reduce((/** @type {Row | null} */ top, row) => (top && value(top) >= value(row) ? top : row), null);
}

/**
 * Whether our own rows reach what is wished, and what is missing where they do not.
 * @param {Row[]} rows
 * @param {string} model
 * @param {Wish} wish
 * @returns {Verdict}
 */
export function judge(rows, model, wish) {
  const own = rows.filter((row) => row.model === model && !row.peer);
  if ('task' in wish) {
    return judgeTask(own, wish);
  }
  const small = own.filter((row) => row.ratio >= wish.ratio - ROUNDING);
  const fast = (/** @type {Row} */ row) => row.macs_ratio >= (wish.macsRatio ?? 0) - ROUNDING;
  const exact = (/** @type {Row} */ row) => row.loss <= wish.loss + ROUNDING;
  const reaching = best(small.filter(fast).filter(exact), (row) => row.ratio);
  if (reaching !== null) {
    return { reached: true, text: described(reaching) };
  }
  const closest = best(small.filter(fast), (row) => -row.loss);
  const smallest = best(own.filter(fast).filter(exact), (row) => row.ratio);
  const tooMuch = closest && `${described(closest)}: ${points(closest.loss - wish.loss)} too much`;
  const tooLarge = smallest && `at the allowed loss only ${described(smallest)}`;
  return { reached: false, text: [tooMuch, tooLarge].filter(Boolean).join('; ') || 'nothing measured' };
}

/**
 * @param {Row[]} own
 * @param {{ task: string, accuracy: number }} wish
 * @returns {Verdict}
 */
function judgeTask(own, { task, accuracy }) {
  const top = best(
    own.filter((row) => row.task === task),
    (row) => row.accuracy,
  );
  if (top === null) {
    return { reached: false, text: 'nothing measured' };
  }
  const text = `${top.accuracy.toFixed(2)} % (${top.title})`;
  const missing = accuracy - top.accuracy;
  return missing <= ROUNDING
    ? { reached: true, text }
    : { reached: false, text: `${text}: ${points(missing)} missing` };
}

/**
 * A wish in words.
 * @param {Wish} wish
 */
export function wished(wish) {
  if ('task' in wish) {
    return `${wish.task}: ${wish.accuracy} %`;
  }
  const macs = wish.macsRatio === undefined ? '' : `, ${wish.macsRatio}x fewer MACs`;
  return `${wish.ratio}x smaller${macs}, at most ${wish.loss} points lost`;
}

/**
 * A data-aware row and the plain row under the same limits, by row.
 * @param {Row[]} rows
 * @returns {{ aware: Row, plain: Row }[]}
 */
export function pairsOf(rows) {
  return rows.flatMap((aware) => {
    const twins = METHODS.find(({ id }) => id === aware.method)?.twins ?? [];
    const same = (/** @type {Row} */ row) => row.model === aware.model && asked(row) === asked(aware);
    const plain = rows.filter((row) => twins.includes(row.method) && same(row));
    return plain.map((row) => ({ aware, plain: row }));
  });
}

/**
 * The pairs above five times smaller, and those of them in which the data-aware form is not better.
 * @param {Row[]} rows
 */
export function twinsOf(rows) {
  const pairs = pairsOf(rows).filter(({ plain, aware }) => Math.min(plain.ratio, aware.ratio) > TWIN_RATIO);
  return { pairs, behind: pairs.filter(({ plain, aware }) => aware.accuracy <= plain.accuracy) };
}

/**
 * Whether two accuracies on the same samples differ by less than two standard errors of the difference, taken as
 * if the samples were not the same: sqrt(2 p (1 - p) / n) with their mean p.
 * @param {Row} first
 * @param {Row} second
 */
export function alike(first, second) {
  const share = (first.accuracy + second.accuracy) / 200;
  const error = 100 * Math.sqrt((2 * share * (1 - share)) / first.samples.count);
  return Math.abs(first.accuracy - second.accuracy) <= 2 * error;
}
