/**
 * @file What the quality bench measures: the models, how much smaller they are to become, and what is to be
 * reached. Pure data.
 */

/**
 * How many times fewer bytes, and where that is asked for as well, how many times fewer multiply-accumulates.
 * @typedef {{ ratio: number, macsRatio?: number }} Goal
 */

/**
 * @typedef {object} Model
 * @property {string} id
 * @property {string} title
 * @property {string} file from the project's folder
 * @property {'mnist' | 'watch' | 'digits' | 'cifar'} set its samples, see quality_data.py
 * @property {Goal[]} goals
 * @property {number[]} quick the ratios of a quick run
 * @property {boolean} convolutions whether it has any
 * @property {Goal[]} separation goals of separation alone; none where no kernel separates
 * @property {LayerTask[]} layerTasks
 */

/**
 * One layer alone, in so many bytes; the others stay as they are.
 * @typedef {{ id: string, layer: string, bytes: number }} LayerTask
 */

const SHARED = '../shared/data/models';
const bytes = (/** @type {number[]} */ ...ratios) => ratios.map((ratio) => ({ ratio }));
const macs = (/** @type {number[]} */ ...ratios) => ratios.map((macsRatio) => ({ ratio: 1, macsRatio }));

/** @type {Model[]} */
export const MODELS = [
  {
    id: 'lenet-300-100',
    title: 'LeNet-300-100',
    file: 'www/public/model/lenet-300-100.onnx',
    set: 'mnist',
    goals: bytes(25, 60, 100),
    quick: [25, 60],
    convolutions: false,
    separation: [],
    layerTasks: [{ id: 'fc1-40kB', layer: 'fc1', bytes: 40_000 }],
  },
  {
    id: 'lenet-5-caffe',
    title: 'LeNet-5',
    file: 'www/public/model/lenet-5-caffe.onnx',
    set: 'mnist',
    goals: [
      { ratio: 50, macsRatio: 8 },
      { ratio: 120, macsRatio: 13 },
    ],
    quick: [50, 120],
    convolutions: true,
    // The kernels are 6 % of the bytes and 82 % of the multiply-accumulates.
    separation: macs(2, 3),
    layerTasks: [],
  },
  {
    id: 'watch-cnn',
    title: 'wrist motion',
    file: 'www/public/model/watch-cnn.onnx',
    set: 'watch',
    goals: bytes(5, 8),
    quick: [5, 8],
    convolutions: true,
    separation: [],
    layerTasks: [],
  },
  {
    id: 'fsdd-dscnn',
    title: 'spoken digits',
    file: `${SHARED}/default/fsdd-dscnn.onnx`,
    set: 'digits',
    goals: bytes(5, 8),
    quick: [5, 8],
    convolutions: true,
    separation: [],
    layerTasks: [],
  },
  {
    id: 'resnet8',
    title: 'ResNet8',
    file: `${SHARED}/mlperf-tiny/resnet8.onnx`,
    set: 'cifar',
    goals: bytes(5, 8),
    quick: [5, 8],
    convolutions: true,
    separation: bytes(3),
    layerTasks: [],
  },
];

/**
 * Smaller and faster by so much at a loss of at most so many points; or, of one layer alone, so much accuracy.
 * @typedef {{ ratio: number, macsRatio?: number, loss: number } | { task: string, accuracy: number }} Wish
 * @typedef {{ model: string, must: Wish, aim: Wish }} Target
 */

/** @type {Target[]} */
export const TARGETS = [
  { model: 'lenet-300-100', must: { ratio: 25, loss: 0.5 }, aim: { ratio: 60, loss: 0.5 } },
  {
    model: 'lenet-5-caffe',
    must: { ratio: 50, macsRatio: 8, loss: 0.5 },
    aim: { ratio: 120, macsRatio: 13, loss: 0.5 },
  },
  { model: 'watch-cnn', must: { ratio: 5, loss: 1 }, aim: { ratio: 8, loss: 1 } },
  { model: 'fsdd-dscnn', must: { ratio: 5, loss: 1 }, aim: { ratio: 8, loss: 1 } },
  { model: 'resnet8', must: { ratio: 5, loss: 1.5 }, aim: { ratio: 8, loss: 1 } },
  { model: 'lenet-300-100', must: { task: 'fc1-40kB', accuracy: 94 }, aim: { task: 'fc1-40kB', accuracy: 96.5 } },
];
