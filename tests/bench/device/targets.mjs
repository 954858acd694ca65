/** @file What the device bench is measured against. */

/** @typedef {import('../device.mjs').Row} Row */

/** A 784-300-100-10 network on a Cortex-M3: million instructions, bytes of constants. ../shared/design/DEVICE.md. */
export const PEERS = [
  'onnx2c float32             23.62 M   1,066 kB',
  'TFLM int8 with CMSIS-NN     0.908 M    280 kB and 28 kB of code',
  'CMSIS-NN int8 direct        0.904 M    268 kB',
  'NNoM int8                   0.893 M    267 kB',
  'TinyMaix int8               0.856 M    270 kB',
];

/**
 * A row of the results.
 * @param {Row[]} rows
 * @param {string} model
 * @param {string} variant
 * @param {string} core
 */
function find(rows, model, variant, core) {
  return rows.find((row) => row.model === model && row.variant === variant && row.core === core);
}

/**
 * A sentence about one number.
 * @param {string} name
 * @param {number | undefined} found
 * @param {number} must
 * @param {number} aim
 * @param {boolean} [more] whether more is better
 */
function verdict(name, found, must, aim, more = false) {
  if (found === undefined) {
    return `${name}: not measured`;
  }
  const reaches = (/** @type {number} */ limit) => (more ? found >= limit : found <= limit);
  const word = reaches(aim) ? 'aim reached' : reaches(must) ? 'must reached' : 'MISSED';
  return `${name}: ${Number(found.toFixed(3))} (must ${must}, aim ${aim}): ${word}`;
}

/**
 * @param {Row[]} rows
 * @param {string} model
 * @param {string} core
 */
function lost(rows, model, core) {
  const [dense, compressed] = ['dense_int8', 'compressed'].map((variant) => find(rows, model, variant, core));
  return dense && compressed ? dense.accuracy - compressed.accuracy : undefined;
}

/** @type {((rows: Row[]) => string)[]} */
export const TARGETS = [
  (rows) =>
    verdict('dense MLP, M insns', millions(find(rows, 'lenet-300-100', 'dense_int8', 'm3')?.instructions), 0.8, 0.7),
  (rows) =>
    verdict(
      'compressed LeNet-300-100, M insns',
      millions(find(rows, 'lenet-300-100', 'compressed', 'm3')?.instructions),
      0.16,
      0.08,
    ),
  (rows) => verdict('  its data, bytes', find(rows, 'lenet-300-100', 'compressed', 'm3')?.data_bytes, 45_000, 25_000),
  (rows) => verdict('  points lost against dense int8', lost(rows, 'lenet-300-100', 'm3'), 0.75, 0.75),
  (rows) => verdict('compressed LeNet-5, times fewer insns', ratio(rows), 8, 13, true),
  (rows) => verdict('  its data, bytes', find(rows, 'lenet-5-caffe', 'compressed', 'm3')?.data_bytes, 35_000, 18_000),
  (rows) => verdict('  points lost against dense int8', lost(rows, 'lenet-5-caffe', 'm3'), 0.75, 0.75),
  (rows) =>
    verdict('code of the MLP on M3, bytes', find(rows, 'lenet-300-100', 'dense_int8', 'm3')?.text_bytes, 4000, 3000),
  (rows) =>
    verdict('code of the MLP on M0, bytes', find(rows, 'lenet-300-100', 'dense_int8', 'm0')?.text_bytes, 6000, 3000),
];

/** @param {number | undefined} instructions */
function millions(instructions) {
  return instructions === undefined ? undefined : instructions / 1e6;
}

/** @param {Row[]} rows */
function ratio(rows) {
  const [dense, compressed] = ['dense_int8', 'compressed'].map((variant) => find(rows, 'lenet-5-caffe', variant, 'm3'));
  return dense && compressed ? dense.instructions / compressed.instructions : undefined;
}
