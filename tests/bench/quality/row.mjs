/**
 * @file One line of the result, in the form that --json prints: what was measured, and which samples chose what.
 */

/**
 * @typedef {object} Row
 * @property {string} model
 * @property {string} method
 * @property {string} title the method in words
 * @property {boolean} peer whether it is here to be compared with
 * @property {number | null} goal how many times fewer bytes were asked for
 * @property {number | null} macs_goal how many times fewer multiply-accumulates were asked for
 * @property {string | null} task the layer task, where only one layer was to change
 * @property {number} bytes
 * @property {number} base_bytes
 * @property {number} ratio
 * @property {number} macs
 * @property {number} base_macs
 * @property {number} macs_ratio
 * @property {number} accuracy in percent of the full test set
 * @property {number} base_accuracy
 * @property {number} loss in points
 * @property {number} seconds to fit
 * @property {{ chose: string, measured: string, count: number }} samples which chose and fitted, which measured, how
 *   many of the latter
 * @property {unknown} [plan] of sepal
 * @property {string} [setting] what a peer chose for itself
 */

/**
 * What a measurement gives; the rest of a row follows from it.
 * @typedef {Pick<Row, 'bytes' | 'macs' | 'accuracy' | 'seconds'>} Measured
 * @typedef {Pick<Row, 'base_bytes' | 'base_macs' | 'base_accuracy'>} Base
 * @typedef {Pick<Row, 'model' | 'method' | 'title' | 'peer' | 'goal' | 'macs_goal' | 'task' | 'samples'>} Subject
 */

/**
 * A row that could not be made, and why.
 * @typedef {Omit<Subject, 'samples'> & { reason: string, broken: boolean }} Missing
 */

/**
 * @param {Subject} subject
 * @param {Base} base
 * @param {Measured} measured
 * @returns {Row}
 */
export function rowOf(subject, base, { bytes, macs, accuracy, seconds }) {
  return {
    ...subject,
    bytes,
    base_bytes: base.base_bytes,
    ratio: rounded(base.base_bytes / bytes),
    macs,
    base_macs: base.base_macs,
    macs_ratio: rounded(base.base_macs / macs),
    accuracy: rounded(accuracy),
    base_accuracy: rounded(base.base_accuracy),
    loss: rounded(base.base_accuracy - accuracy),
    seconds: rounded(seconds),
  };
}

/**
 * What was asked for, in a few characters.
 * @param {Pick<Row, 'goal' | 'macs_goal' | 'task'>} row
 */
export function asked({ goal, macs_goal, task }) {
  const bytes = goal === null ? [] : [`${goal}x`];
  const macs = macs_goal === null ? [] : [`${macs_goal}x MACs`];
  return task ?? [...bytes, ...macs].join(', ');
}

/**
 * Rows in reading order: without a goal, then goal by goal, then single layers; peers first in each.
 * @param {Row[]} rows of one model
 */
export function ordered(rows) {
  const place = (/** @type {Row} */ row) => [
    row.task === null ? 0 : 1,
    row.goal ?? 0,
    row.goal === null ? (row.macs_goal ?? 0) : 0,
    row.peer ? 0 : 1,
  ];
  return rows.toSorted((a, b) => {
    const differences = place(a).map((value, index) => value - (place(b)[index] ?? 0));
    return differences.find((difference) => difference !== 0) ?? 0;
  });
}

/** @param {number} value */
function rounded(value) {
  return Number(value.toFixed(4));
}
