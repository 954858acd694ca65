/**
 * What the page and its workers say to each other. Every message carries the id of its request and an epoch:
 * work of an older epoch in the same lane is superseded. Both sides import this file; it imports nothing of theirs.
 */
import type {
  Applied,
  CalibrationView,
  Chart,
  Choosing,
  Device,
  ErrorCode,
  ErrorStage,
  MethodView,
  Metric,
  ModelView,
  OpenOptions,
  OutputView,
  Picture,
  Plan,
  Precision,
  Preprocessing,
  SamplesView,
  Score,
  SearchProgress,
  SearchRequest,
  SepalError,
  Spectrum,
  TaskProgress,
  Verified,
} from './generated.ts';

/** The order in which a worker serves what waits: the setting in hand, the original, what was asked to be
 * verified, a search, then the curve. */
export type Lane = 'now' | 'base' | 'verify' | 'search' | 'sweep';

/** What a worker does, and its name. */
export type WorkerName = 'session' | 'evaluate' | 'plot';

export type NamedFile = { name: string; bytes: Uint8Array };
/** `y` are classes, `targets` the outputs to reach; each is empty where the metric does not ask for it. */
export type SampleArrays = {
  x: Float32Array;
  y: Int32Array;
  targets: Float32Array;
  shape: number[];
  metric: Metric;
  choosing: Choosing;
};
/** Files of one model or of one set of samples, and how they are read. */
export type ModelFiles = { files: NamedFile[]; options: OpenOptions };
export type SampleFiles = { name: string; files: NamedFile[]; options: Preprocessing };
/** `base` is the original as it is evaluated; null where it cannot be. */
export type OpenedModel = { view: ModelView; base: Uint8Array<ArrayBuffer> | null };

/** `base` is the original as it is evaluated from now on: samples may have shown that they must be run one at a time. */
export type OpenedSamples = { view: SamplesView; arrays: SampleArrays; base: Uint8Array<ArrayBuffer> };

/** One kind of request: what it takes, what it answers, what it reports on the way. */
type Call<Ask, Answer, Report = never> = { ask: Ask; answer: Answer; report: Report };

export type FactorReport = { task: TaskProgress; done: number; total: number };
export type AppliedModel = { applied: Applied; bytes: Uint8Array<ArrayBuffer> | null; factored: string[] };

/** The bytes that a device runs, and the order of the model's input axes in them where that is not theirs. */
export type Artifact = { bytes: Uint8Array<ArrayBuffer>; order: number[] | null };
/** What running an artifact's very bytes has shown. Where the float model cannot be run, it agrees on 0 of 0. */
export type Verification = Verified & { arenaBytes: number };

/** What every worker is asked first. */
export type BootCalls = {
  boot: Call<{ module: WebAssembly.Module }, { version: string }>;
};

export type SessionCalls = BootCalls & {
  open_model: Call<ModelFiles, OpenedModel>;
  open_samples: Call<SampleFiles, OpenedSamples>;
  open_calibration: Call<SampleFiles, CalibrationView>;
  /** The model as it is known now: samples may have told sizes that its file leaves open. */
  view: Call<null, OpenedModel>;
  /** Every output under a plan, measured on some samples. */
  outputs: Call<{ plan: Plan }, OutputView[]>;
  search: Call<{ lane: Lane; request: SearchRequest }, SearchProgress, SearchProgress>;
  apply: Call<{ lane: Lane; plan: Plan; withBytes: boolean }, AppliedModel, FactorReport>;
  devices: Call<null, Device[]>;
  costs: Call<{ layer: string }, MethodView[]>;
  spectrum: Call<{ layer: string }, Spectrum>;
  export_onnx: Call<{ plan: Plan }, Uint8Array<ArrayBuffer>>;
  export_tflite: Call<{ plan: Plan; precision: Precision }, Uint8Array<ArrayBuffer>>;
  export_report: Call<{ plan: Plan; score: Score | null; baseScore: Score | null }, Uint8Array<ArrayBuffer>>;
  artifact: Call<{ plan: Plan }, Artifact>;
  export_package: Call<
    { plan: Plan; score: Score | null; baseScore: Score | null; verified: Verified | null; header: string },
    Uint8Array<ArrayBuffer>
  >;
  cancel: Call<{ lane: Lane }, null>;
};

export type EvaluateCalls = BootCalls & {
  set_samples: Call<{ arrays: SampleArrays }, null>;
  set_base: Call<{ bytes: Uint8Array }, null>;
  score: Call<
    { lane: Lane; bytes: Uint8Array; resumeAt: string | null; first: number; slice: number; limit: number },
    Score,
    Score
  >;
  verify: Call<{ lane: Lane; arrays: SampleArrays; artifact: Artifact; float: Uint8Array | null }, Verification, Score>;
  cancel: Call<{ lane: Lane }, null>;
};

export type PlotCalls = BootCalls & {
  render: Call<{ chart: Chart }, Picture>;
};

type CallTable = { [kind: string]: Call<unknown, unknown, unknown> };

export type Request<Calls extends CallTable> = {
  [Kind in keyof Calls]: { type: 'request'; id: number; epoch: number; kind: Kind; ask: Calls[Kind]['ask'] };
}[keyof Calls];
/** What is left to the part that a worker plays: all but its start. */
export type PartRequest<Calls extends CallTable> = Request<Omit<Calls, keyof BootCalls>>;
export type Progress<Report> = { type: 'progress'; id: number; epoch: number; report: Report };
export type Success<Answer> = { type: 'success'; id: number; epoch: number; answer: Answer };
export type Failure = { type: 'failure'; id: number; epoch: number; error: CallFailure; fatal: boolean };
/** The page asks for it while something waits; a worker in an endless loop cannot give it. */
export type Ping = { type: 'ping' };
export type Pong = { type: 'pong' };
export type Reply = Progress<unknown> | Success<unknown> | Failure | Pong;

/** The code of a failure that is none: newer work took the place of this one, or it was cancelled. */
export const SUPERSEDED = 'superseded';
/** The code of the end of a worker whose light module leaves what is asked to the whole one. */
export const NEEDS_WHOLE = 'needs_whole';
/** The code of a refusal after two crashes. */
export const CRASHED = 'engine_crashed';

/** Kinds of failures of the page itself, beside the engine's. */
export type PageCode = typeof SUPERSEDED | typeof CRASHED | typeof NEEDS_WHOLE | 'silent' | 'worker' | 'internal';
/** Where they happen: on the way to the engine, or in what was asked of it. */
export type PageStage = 'client' | 'queue' | 'worker' | AskStage;
/** What is asked of the engine, as reports of crashes call it. */
export type AskStage =
  | 'open'
  | 'evaluate'
  | 'search'
  | 'apply'
  | 'devices'
  | 'costs'
  | 'spectrum'
  | 'export'
  | 'report'
  | 'artifact'
  | 'package';
/** Why something could not be done: what the engine says, or the page. */
export type CallFailure = Omit<SepalError, 'code' | 'stage'> & {
  code: ErrorCode | PageCode;
  stage: ErrorStage | PageStage;
};
