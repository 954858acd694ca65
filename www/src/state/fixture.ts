/**
 * A small model for tests: one dense layer with three methods, one convolution with four, one layer that is kept and
 * one that cannot be compressed. Costs are made up but rise and fall as real ones do.
 */
import {
  AS_STATED,
  type Choosing,
  type CostRow,
  GUESS,
  type LayerView,
  type MethodFacts,
  type MethodView,
  type ModelView,
  type Setting,
} from '../protocol/generated.ts';
import type { OpenModel, OpenSamples } from './store.ts';

/** Bytes of so many values, for each way to store them. */
const stored = (counts: readonly number[]): number[][] =>
  [4, 1, 0.5, 0.5, 0.375].map((bytes) => counts.map((count) => bytes * count));

const denseRow = (setting: Setting & { rank: number }, perRank: number): CostRow => ({
  rank: setting.rank,
  setting,
  nonzeros: [],
  most: 0,
  parameters: [setting.rank * perRank],
  bytes: stored([setting.rank * perRank]),
  macs: [setting.rank * perRank],
});

const sparseRow = (atoms: number): CostRow => {
  const nonzeros = [1, 2, 4];
  return {
    rank: atoms,
    setting: { method: 'dictionary', atoms, nonzeros: 1 },
    nonzeros,
    most: atoms,
    parameters: nonzeros.map((count) => atoms * 10 + count * 20),
    bytes: stored(nonzeros.map((count) => atoms * 10 + count * 30)),
    macs: nonzeros.map((count) => atoms * 10 + count * 20),
  };
};

const LOW_RANK: MethodView = {
  method: 'low_rank',
  rows: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((rank) => denseRow({ method: 'low_rank', rank }, 30)),
};
const DICTIONARY: MethodView = { method: 'dictionary', rows: [4, 8].map(sparseRow) };
const PRUNE_COUNTS = [20, 40, 100, 200];
const PRUNE: MethodView = {
  method: 'prune',
  rows: [
    {
      rank: 0,
      setting: { method: 'prune', nonzeros: 20, block: 1 },
      nonzeros: PRUNE_COUNTS,
      most: 200,
      parameters: PRUNE_COUNTS,
      bytes: stored(PRUNE_COUNTS.map((count) => 1.25 * count)),
      macs: PRUNE_COUNTS,
    },
  ],
};
const SEPARATION: MethodView = {
  method: 'separation',
  rows: [1, 2, 3].map((rank) => denseRow({ method: 'separation', rank, order: 'vertical', kept: 100 }, 40)),
};

/** What holds for these methods on every layer. */
const METHODS: MethodFacts[] = [
  { method: 'low_rank', dials: ['rank'], properties: ['restarts', 'spectrum'] },
  { method: 'dictionary', dials: ['nonzeros', 'atoms'], properties: ['slow', 'learned', 'drawn'] },
  { method: 'separation', dials: ['rank'], properties: ['restarts'] },
  { method: 'prune', dials: ['nonzeros'], properties: ['restarts', 'in_place'] },
];

const layer = (name: string, methods: MethodView[], more: Partial<LayerView> = {}): LayerView => ({
  name,
  op: 'Gemm',
  shape: [10, 20],
  parameters: 200,
  bytes: 800,
  macs: 200,
  wholeBytes: [800, 200, 100, 100, 75],
  fullRank: methods.length > 0 ? 10 : 0,
  methods,
  reason: methods.length > 0 ? null : 'grouped',
  suggested: 'low_rank',
  ...more,
});

/** The same, opened. */
export const openTestModel = (view: ModelView = testModel()): OpenModel => ({
  defaultId: null,
  title: 'test',
  view,
  base: new Uint8Array(1),
  files: [{ name: 'test.onnx', bytes: new Uint8Array(1) }],
  options: AS_STATED,
});

/** One class for each sample. */
const CHOOSING: Choosing = { threshold: 0.5, places: 1, classesLast: false };

/** So many samples of one value and one of ten classes. */
export const openTestSamples = (samples: number): OpenSamples => ({
  title: 'set',
  view: {
    name: 'set',
    samples,
    classes: 10,
    shape: [1],
    scaling: '',
    note: null,
    metric: 'accuracy',
    choosing: CHOOSING,
    classNames: [],
    preprocessing: GUESS,
    previews: [],
    warning: null,
    resized: false,
    chance: false,
  },
  arrays: {
    x: new Float32Array(samples),
    y: new Int32Array(samples),
    targets: new Float32Array(0),
    shape: [1],
    metric: 'accuracy',
    choosing: CHOOSING,
  },
  files: [],
  options: GUESS,
});

export const testModel = (): ModelView => {
  const layers = [
    layer('dense', [LOW_RANK, DICTIONARY, PRUNE]),
    layer('conv', [LOW_RANK, DICTIONARY, SEPARATION, PRUNE], { op: 'Conv' }),
    layer('small', [LOW_RANK], { suggested: 'keep' }),
    layer('fixed', []),
  ];
  return {
    name: 'test',
    fileBytes: 4000,
    sha256: 'abc',
    format: 'ONNX, opset 13',
    inputs: [{ name: 'x', shape: [1, 20] }],
    outputs: ['y'],
    output: 'y',
    sizes: [],
    metadata: [],
    problems: [],
    parameters: 810,
    bytes: 3240,
    macs: 800,
    otherParameters: 10,
    otherBytes: 40,
    methods: METHODS,
    layers,
    warnings: [],
    notes: [],
    evaluation: null,
  };
};
