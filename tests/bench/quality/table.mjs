/**
 * @file The result as text: one table per model, the targets, and what is to be known beside them. Pure.
 */
import { MODELS, TARGETS } from './models.mjs';
import { asked, ordered } from './row.mjs';
import { alike, judge, twinsOf, wished } from './verdict.mjs';

/** @typedef {import('./row.mjs').Row} Row */
/** @typedef {import('./row.mjs').Missing} Missing */

/** @type {{ title: string, width: number, text: (row: Row) => string }[]} */
const COLUMNS = [
  { title: 'asked', width: 15, text: asked },
  { title: 'bytes', width: 11, text: ({ bytes }) => bytes.toLocaleString('en') },
  { title: 'ratio', width: 9, text: ({ ratio }) => `${ratio.toFixed(2)}x` },
  { title: 'MACs', width: 12, text: ({ macs }) => macs.toLocaleString('en') },
  { title: 'ratio', width: 9, text: ({ macs_ratio }) => `${macs_ratio.toFixed(2)}x` },
  { title: 'accuracy', width: 10, text: ({ accuracy }) => accuracy.toFixed(2) },
  { title: 'loss', width: 8, text: ({ loss }) => loss.toFixed(2) },
  { title: 'seconds', width: 9, text: ({ seconds }) => seconds.toFixed(1) },
];
const METHOD_WIDTH = 32;

const titleOf = (/** @type {string} */ id) => MODELS.find((model) => model.id === id)?.title ?? id;

/**
 * The whole text.
 * @param {Row[]} rows
 * @param {Missing[]} missing
 */
export function textOf(rows, missing) {
  const models = MODELS.filter(({ id }) => rows.some(({ model }) => model === id));
  const parts = models.map(({ id }) => tableOf(ordered(rows.filter(({ model }) => model === id))));
  return [...parts, targetsText(rows), twinsText(rows), missingText(missing), NOTES].filter(Boolean).join('\n\n');
}

/** @param {Row[]} rows of one model */
function tableOf(rows) {
  const [first] = rows;
  if (first === undefined) {
    return '';
  }
  const { model, base_bytes: bytes, base_macs: macs, base_accuracy: accuracy, samples } = first;
  const size = `${bytes.toLocaleString('en')} bytes, ${macs.toLocaleString('en')} MACs`;
  const head = `${titleOf(model)}: ${size}, ${accuracy.toFixed(2)} % of ${samples.measured}`;
  const titles = COLUMNS.map(({ title, width }) => title.padStart(width)).join('');
  const lines = rows.map((row) => {
    const name = `${row.peer ? '* ' : '  '}${row.title}`.padEnd(METHOD_WIDTH);
    return name + COLUMNS.map(({ width, text }) => text(row).padStart(width)).join('');
  });
  return [head, `  ${'method'.padEnd(METHOD_WIDTH - 2)}${titles}`, ...lines, ...choices(rows)].join('\n');
}

/**
 * Which samples chose what, once for all methods that are alike in it.
 * @param {Row[]} rows
 */
function choices(rows) {
  const sources = [...new Set(rows.map(({ samples }) => samples.chose))];
  const lines = sources.map((source) => {
    const titles = new Set(rows.filter(({ samples }) => samples.chose === source).map(({ title }) => title));
    return `  chosen and fitted by ${source}: ${[...titles].join('; ')}`;
  });
  const settings = rows.flatMap(({ title, setting }) => (setting === undefined ? [] : [`  ${title}: ${setting}`]));
  return [...lines, ...settings];
}

/** @param {Row[]} rows */
function targetsText(rows) {
  const targets = TARGETS.filter(({ model }) => rows.some((row) => row.model === model));
  const lines = targets.flatMap(({ model, must, aim }) =>
    Object.entries({ must, aim }).map(([kind, wish]) => {
      const { reached, text } = judge(rows, model, wish);
      return `  ${titleOf(model)}, ${kind}, ${wished(wish)}: ${reached ? 'reached' : 'NOT reached'}, ${text}`;
    }),
  );
  return lines.length === 0 ? '' : ['Targets', ...lines].join('\n');
}

/** @param {Row[]} rows */
function twinsText(rows) {
  const { pairs, behind } = twinsOf(rows);
  if (pairs.length === 0) {
    return '';
  }
  const head = `Data-aware against plain above 5x: better in ${pairs.length - behind.length} of ${pairs.length} pairs`;
  const lines = behind.map(({ aware, plain }) => {
    const accuracies = [aware, plain].map(({ title, accuracy }) => `${title} ${accuracy.toFixed(2)} %`);
    const error = alike(aware, plain) ? ` (within the error of ${aware.samples.count} samples)` : '';
    return `  not better: ${titleOf(aware.model)} at ${asked(aware)}: ${accuracies.join(', ')}${error}`;
  });
  return [head, ...lines].join('\n');
}

/** @param {Missing[]} missing */
function missingText(missing) {
  const lines = missing.map((row) => `  ${titleOf(row.model)}, ${row.title}, ${asked(row)}: ${row.reason}`);
  return lines.length === 0 ? '' : ['Rows that there are not', ...lines].join('\n');
}

const NOTES = `* a peer. Bytes are those of all parameters as stored, with indices, scales and pointers; a pruned peer's are
float32 values with the smaller of u8 and u16 indices, or the dense matrix where that is smaller. Loss is in
points of accuracy. Accuracy is measured on the full test set, after everything is chosen; no label and no
test sample chooses anything. "plain" fits see no sample at all.`;
