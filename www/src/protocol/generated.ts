// Generated from the Rust types by ts-rs (crate/wasm); do not edit. A test fails when it drifts.

export type Method = 'keep' | 'low_rank' | 'dictionary' | 'separation';
export type Setting =
  | { method: 'keep' }
  | { method: 'low_rank'; rank: number }
  | { method: 'dictionary'; atoms: number; nonzeros: number }
  | { method: 'separation'; rank: number };
export type Plan = { seed: number; layers: { [layerName: string]: Setting } };

export type CostRow = { rank: number; nonzeros: number[]; parameters: number[]; bytes: number[]; macs: number[] };
export type MethodView = { method: Method; rows: CostRow[] };
export type LayerView = {
  name: string;
  op: string;
  shape: number[];
  parameters: number;
  bytes: number;
  macs: number;
  fullRank: number;
  methods: MethodView[];
  reason: string | null;
  suggested: Method;
};
export type InputView = { name: string; shape: number[] };
export type ModelView = {
  name: string;
  fileBytes: number;
  sha256: string;
  format: string;
  inputs: InputView[];
  outputs: string[];
  parameters: number;
  bytes: number;
  macs: number;
  otherParameters: number;
  otherBytes: number;
  layers: LayerView[];
  warnings: string[];
  evaluation: string | null;
};

export type SamplesView = {
  name: string;
  samples: number;
  classes: number;
  shape: number[];
  scaling: string;
  note: string | null;
};

export type LayerResult = {
  name: string;
  parameters: number;
  bytes: number;
  macs: number;
  reconstructionError: number;
};
export type Applied = {
  parameters: number;
  bytes: number;
  macs: number;
  reconstructionError: number;
  layers: LayerResult[];
  resumeAt: string | null;
};
export type Task = { layer: string; method: Method; rank: number };
export type TaskProgress = {
  layer: string;
  method: Method;
  rank: number;
  step: number;
  steps: number;
  done: boolean;
};
export type Spectrum = { layer: string; values: number[] };
export type Score = { correct: number; samples: number };
export type SepalError = { code: string; stage: string; node: string | null; message: string; hint: string | null };

export type TickFormat = 'percent' | 'plain' | 'bytes' | 'count';
export type Axis = { min: number; max: number; log: boolean; format: TickFormat; label: string };
export type Mark = 'line' | 'dashed' | 'dotted' | 'points' | 'area' | 'bars';
export type Series = { id: string; mark: Mark; points: [number, number][] };
export type Direction = 'x' | 'y';
export type Rule = { id: string; axis: Direction; at: number };
export type Chart = {
  width: number;
  height: number;
  x: Axis;
  y: Axis;
  series: Series[];
  rules: Rule[];
  title: string;
  description: string;
};
export type Picture = {
  svg: string;
  rect: [number, number, number, number];
  xRange: [number, number];
  yRange: [number, number];
};
