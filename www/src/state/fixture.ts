/**
 * A small model for tests: one dense layer with two methods, one convolution with three, one layer that is kept and
 * one that cannot be compressed. Costs are made up but rise and fall as real ones do.
 */
import type { CostRow, LayerView, MethodView, ModelView } from '../protocol/generated.ts';

const denseRow = (rank: number, perRank: number): CostRow => ({
  rank,
  nonzeros: [],
  parameters: [rank * perRank],
  bytes: [4 * rank * perRank],
  macs: [rank * perRank],
});

const sparseRow = (atoms: number): CostRow => {
  const nonzeros = [1, 2, 4];
  return {
    rank: atoms,
    nonzeros,
    parameters: nonzeros.map((count) => atoms * 10 + count * 20),
    bytes: nonzeros.map((count) => 4 * (atoms * 10 + count * 30)),
    macs: nonzeros.map((count) => atoms * 10 + count * 20),
  };
};

const LOW_RANK: MethodView = {
  method: 'low_rank',
  rows: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((rank) => denseRow(rank, 30)),
};
const DICTIONARY: MethodView = { method: 'dictionary', rows: [4, 8].map(sparseRow) };
const SEPARATION: MethodView = { method: 'separation', rows: [1, 2, 3].map((rank) => denseRow(rank, 40)) };

const layer = (name: string, methods: MethodView[], more: Partial<LayerView> = {}): LayerView => ({
  name,
  op: 'Gemm',
  shape: [10, 20],
  parameters: 200,
  bytes: 800,
  macs: 200,
  fullRank: methods.length > 0 ? 10 : 0,
  methods,
  reason: methods.length > 0 ? null : 'grouped',
  suggested: 'low_rank',
  ...more,
});

export const testModel = (): ModelView => {
  const layers = [
    layer('dense', [LOW_RANK, DICTIONARY]),
    layer('conv', [LOW_RANK, DICTIONARY, SEPARATION], { op: 'Conv' }),
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
    parameters: 810,
    bytes: 3240,
    macs: 800,
    otherParameters: 10,
    otherBytes: 40,
    layers,
    warnings: [],
    evaluation: null,
  };
};
