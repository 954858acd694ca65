// Generated from the Rust types by crate/wasm/tests/protocol.rs; do not edit. A test fails when it drifts.

export type Method = "keep" | "low_rank" | "channel" | "dictionary" | "double_sparse" | "separation" | "prune";

export type Order = "vertical" | "horizontal";

export type Setting = { "method": "keep" } | { "method": "low_rank", 
/**
 * Columns of the second factor.
 */
rank: number, } | { "method": "channel", 
/**
 * Channels between the two.
 */
rank: number, } | { "method": "dictionary", 
/**
 * Atoms in the dictionary.
 */
atoms: number, 
/**
 * Non-zeros per column of the sparse code; behind real inputs their mean.
 */
nonzeros: number, } | { "method": "double_sparse", 
/**
 * Non-zeros of both together.
 */
nonzeros: number, } | { "method": "separation", 
/**
 * Channels between the two.
 */
rank: number, 
/**
 * Which comes first.
 */
order: Order, 
/**
 * Percent of the weights of both halves that stay; the others are pruned.
 */
kept: number, } | { "method": "prune", 
/**
 * Weights that stay, in all groups together.
 */
nonzeros: number, 
/**
 * Neighbouring outputs that share which weights stay: 1, 4 or 8.
 */
block: number, };

export type Values = "float" | "int8" | "int4" | "codebook" | "codebook3";

export type Fit = "plain" | "calibrated" | "sequential";

export type Plan = { 
/**
 * Seed of everything that is drawn (the first atoms of dictionaries).
 */
seed: number, 
/**
 * What the weights are fitted to.
 */
fit: Fit, 
/**
 * Layer name → setting; a layer that is not named is kept.
 */
layers: Record<string, Setting>, 
/**
 * Layer name → how its values are stored; float32 where it is not named.
 */
values: Record<string, Values>, };

export type CostRow = { 
/**
 * Rank, or number of atoms; 0 where there is none.
 */
rank: number, 
/**
 * The setting at the first of the non-zeros.
 */
setting: Setting, 
/**
 * Allowed non-zeros, rising: per column of a dictionary's code, else in all; empty for dense
 * methods.
 */
nonzeros: Array<number>, 
/**
 * What non-zeros are a share of; 0 for dense methods.
 */
most: number, 
/**
 * Stored values, aligned with `nonzeros` (one entry for dense methods).
 */
parameters: Array<number>, 
/**
 * Bytes for each way to store values, in the order of `Values`; each aligned likewise.
 */
bytes: Array<Array<number>>, 
/**
 * Multiply-accumulates, aligned likewise.
 */
macs: Array<number>, };

export type MethodDial = "rank" | "atoms" | "nonzeros";

export type MethodProperty = "slow" | "restarts" | "spectrum" | "learned" | "drawn" | "in_place";

export type MethodFacts = { 
/**
 * Which.
 */
method: Method, 
/**
 * What sliders set, the one to look at first.
 */
dials: Array<MethodDial>, 
/**
 * What else is true of it.
 */
properties: Array<MethodProperty>, };

export type MethodView = { 
/**
 * Which.
 */
method: Method, 
/**
 * Its ranks.
 */
rows: Array<CostRow>, };

export type LayerView = { 
/**
 * Unique name.
 */
name: string, 
/**
 * ONNX operator.
 */
op: string, 
/**
 * Weights as stored.
 */
shape: Array<number>, 
/**
 * Stored values.
 */
parameters: number, 
/**
 * Bytes of them.
 */
bytes: number, 
/**
 * Multiply-accumulates for one sample.
 */
macs: number, 
/**
 * Bytes of the whole layer for each way to store values, in the order of `Values`.
 */
wholeBytes: Array<number>, 
/**
 * Rank of the matrix form; 0 where the layer cannot be compressed.
 */
fullRank: number, 
/**
 * Methods that fit; empty where the layer cannot be compressed.
 */
methods: Array<MethodView>, 
/**
 * Why it cannot.
 */
reason: string | null, 
/**
 * What the default plan does with it.
 */
suggested: Method, };

export type InputView = { 
/**
 * Its name.
 */
name: string, 
/**
 * Its shape.
 */
shape: Array<number>, };

export type OpenOptions = { 
/**
 * Sizes of symbolic axes, by name or as `INPUT[AXIS]`; the batch is 1.
 */
sizes: Record<string, number>, 
/**
 * The output that is scored; the first where none is named.
 */
output: string | null, };

export type SizeView = { 
/**
 * Its name in the file, or the input's and the axis's number.
 */
name: string, 
/**
 * What it is taken as.
 */
size: number, 
/**
 * Whether that was guessed: neither said, nor told by samples.
 */
assumed: boolean, 
/**
 * Whether samples told it.
 */
fromSamples: boolean, };

export type Effect = "evaluation" | "compression" | "device";

export type Problem = { 
/**
 * The node.
 */
node: string, 
/**
 * Its operator.
 */
op: string, 
/**
 * Why, as the end of a sentence about it.
 */
reason: string, 
/**
 * What does not work for it; all else does.
 */
effect: Effect, };

export type ModelView = { 
/**
 * File name.
 */
name: string, 
/**
 * Size of all its files.
 */
fileBytes: number, 
/**
 * Of the file, and of those of its weights behind it, hexadecimal.
 */
sha256: string, 
/**
 * Format and version.
 */
format: string, 
/**
 * Inputs.
 */
inputs: Array<InputView>, 
/**
 * Names of the outputs.
 */
outputs: Array<string>, 
/**
 * The one that is scored.
 */
output: string, 
/**
 * Symbolic axes, and what they are taken as.
 */
sizes: Array<SizeView>, 
/**
 * What is not supported, node by node.
 */
problems: Array<Problem>, 
/**
 * Stored values of the whole model.
 */
parameters: number, 
/**
 * Bytes of them (not of the file).
 */
bytes: number, 
/**
 * Multiply-accumulates for one sample.
 */
macs: number, 
/**
 * Stored values that belong to no layer.
 */
otherParameters: number, 
/**
 * Bytes of them.
 */
otherBytes: number, 
/**
 * The methods that at least one layer can take, in the order in which they are offered.
 */
methods: Array<MethodFacts>, 
/**
 * Nodes with weights, in graph order.
 */
layers: Array<LayerView>, 
/**
 * What the file states about itself, by name: who made it, ONNX's metadata.
 */
metadata: Array<[string, string]>, 
/**
 * What the user should know.
 */
warnings: Array<string>, 
/**
 * What was assumed, and how it is run where that is not as its file says.
 */
notes: Array<string>, 
/**
 * Why the model cannot be evaluated, if it cannot.
 */
evaluation: string | null, };

export type Metric = "accuracy" | "agreement" | "error" | "reconstruction" | "auc";

export type Layout = "nchw" | "nhwc";

export type Colour = "rgb" | "bgr" | "grey";

export type Choosing = { 
/**
 * A single value above this means class 1, else class 0.
 */
threshold: number, 
/**
 * Positions of a sample that have a class of their own; 1 where the sample has one.
 */
places: number, 
/**
 * Whether the values of a position lie side by side; else those of a class do.
 */
classesLast: boolean, };

export type Preprocessing = { 
/**
 * real = stored * scale + offset: one factor, or one per channel.
 */
scale: Array<number> | null, 
/**
 * As many terms.
 */
offset: Array<number> | null, 
/**
 * How stored axes lie.
 */
layout: Layout | null, 
/**
 * Which colours the model reads; stored pictures are red, green, blue.
 */
colour: Colour | null, 
/**
 * Whether stored values are the 8-bit numbers that the model's own input takes.
 */
quantised: boolean | null, 
/**
 * What quality is measured by.
 */
metric: Metric | null, 
/**
 * The column of a table that holds the labels, by name or by number from 0.
 */
labelColumn: string | null, 
/**
 * The label that the model's first class has: 0, or 1 where labels count from 1.
 */
firstLabel: number | null, 
/**
 * What a single output is compared with: above it is class 1. 0.5 for probabilities, 0 for logits.
 */
threshold: number | null, 
/**
 * The axis of the model's inputs that counts samples: 0, or 1 where steps come first.
 */
batchAxis: number | null, };

export type Preview = { 
/**
 * Channels, rows and columns; a signal has one row, a vector one row and one channel.
 */
shape: [number, number, number], 
/**
 * Real values, channel after channel, row after row; cut short where there are very many.
 */
values: Array<number>, 
/**
 * Its label, if it has one.
 */
label: string | null, };

export type SamplesView = { 
/**
 * File name.
 */
name: string, 
/**
 * How many.
 */
samples: number, 
/**
 * One more than the largest label.
 */
classes: number, 
/**
 * Of one sample.
 */
shape: Array<number>, 
/**
 * How stored values become inputs.
 */
scaling: string, 
/**
 * What was assumed.
 */
note: string | null, 
/**
 * What quality is measured by.
 */
metric: Metric, 
/**
 * How outputs choose classes.
 */
choosing: Choosing, 
/**
 * Names of the classes, where the files state them.
 */
classNames: Array<string>, 
/**
 * How the data was read, nothing left open.
 */
preprocessing: Preprocessing, 
/**
 * The first samples.
 */
previews: Array<Preview>, 
/**
 * What looks wrong: accuracy near chance, for one.
 */
warning: string | null, 
/**
 * Whether they told sizes that the model leaves open: what is known of it has changed.
 */
resized: boolean, 
/**
 * Whether their score cannot be told from chance: no search should go by it.
 */
chance: boolean, };

export type CalibrationView = { 
/**
 * File name.
 */
name: string, 
/**
 * How many.
 */
samples: number, 
/**
 * How many of them neither a fit nor a choice sees, to measure on; none where there are too few.
 */
heldOut: number, 
/**
 * How stored values become inputs.
 */
scaling: string, 
/**
 * What was assumed.
 */
note: string | null, 
/**
 * What looks wrong: accuracy near chance, for one.
 */
warning: string | null, 
/**
 * Whether they told sizes that the model leaves open: what is known of it has changed.
 */
resized: boolean, };

export type OutputView = { 
/**
 * Its name.
 */
name: string, 
/**
 * Of one sample; empty where it cannot be run.
 */
shape: Array<number>, 
/**
 * Whether it is the one that is scored.
 */
chosen: boolean, 
/**
 * What it is measured by: with nothing to compare it with, nothing.
 */
metric: Metric | null, 
/**
 * The metric's value: of the chosen one the score, of the others how close they are to the original's.
 */
value: number | null, 
/**
 * The same of the original; what is compared with it has none.
 */
base_value: number | null, 
/**
 * How far the original's values are from their mean.
 */
spread: number | null, 
/**
 * Why nothing is known of it.
 */
reason: string | null, };

export type LayerResult = { 
/**
 * Its name.
 */
name: string, 
/**
 * Stored values.
 */
parameters: number, 
/**
 * Bytes.
 */
bytes: number, 
/**
 * Multiply-accumulates.
 */
macs: number, 
/**
 * ||W - What|| / ||W||.
 */
reconstructionError: number, 
/**
 * ||(W - What) X|| / ||W X|| on held-out calibration samples; absent without any.
 */
outputError: number | null, };

export type Precision = "int8" | "float";

export type Preference = "small" | "fast";

export type Format = "dense_s8" | "dense_s4" | "dense_c4" | "sparse_s8" | "sparse_c4d6" | "sparse_c4d4" | "sparse_c3d7" | "sparse_c3d5" | "block4_s8" | "block8_s4" | "dense_f32" | "sparse_f32" | "gap" | "skip" | "codes";

export type ArtifactOptions = { 
/**
 * How activations and arithmetic are done.
 */
precision: Precision, 
/**
 * Which format weights are stored in.
 */
preference: Preference, 
/**
 * Formats that are forced, by layer.
 */
formats: Record<string, Format>, };

export type Instructions = { 
/**
 * On a Cortex-M0.
 */
m0: number, 
/**
 * On a Cortex-M3.
 */
m3: number, 
/**
 * On a Cortex-M4.
 */
m4: number, };

export type LayerDevice = { 
/**
 * The layer, or the value that is computed.
 */
name: string, 
/**
 * What it is executed as.
 */
kind: string, 
/**
 * How its weights are stored.
 */
format: Format | null, 
/**
 * Bytes of its records, weights and tables.
 */
flashBytes: number, 
/**
 * Estimated instructions on a Cortex-M3.
 */
m3: number, };

export type DeviceCost = { 
/**
 * Bytes of the artifact.
 */
flashBytes: number, 
/**
 * Bytes of the arena.
 */
arenaBytes: number, 
/**
 * Estimated bytes of code, on a Cortex-M3.
 */
codeBytes: number, 
/**
 * Estimated instructions of one inference.
 */
instructions: Instructions, 
/**
 * Relative error of the estimate.
 */
instructionsError: number, 
/**
 * Its operations, in order.
 */
layers: Array<LayerDevice>, 
/**
 * The value that is computed where the arena is fullest.
 */
peak: string, };

export type DeviceFit = { "fits": DeviceCost } | { "refused": string };

export type Applied = { 
/**
 * Stored values.
 */
parameters: number, 
/**
 * Bytes of values, indices and pointers.
 */
bytes: number, 
/**
 * Multiply-accumulates for one sample.
 */
macs: number, 
/**
 * ||W - What|| / ||W|| over all layers.
 */
reconstructionError: number, 
/**
 * What the weights were really fitted to: without calibration samples, the old weights.
 */
fit: Fit, 
/**
 * Every layer.
 */
layers: Array<LayerResult>, 
/**
 * The value up to which the model equals the original, if any is worth keeping.
 */
resumeAt: string | null, 
/**
 * Its smallest artifact.
 */
device: DeviceFit, 
/**
 * Where calibration samples could not be fitted to, and what was done instead.
 */
notes: Array<string>, };

export type Factoring = "all" | { "order": Order } | { "atoms": number } | { "nonzeros": number } | { "block": number };

export type Work = { "factors": { 
/**
 * Which settings they are for.
 */
factoring: Factoring, 
/**
 * What the weights are fitted to.
 */
fit: Fit, } } | { "front": Plan };

export type Task = { 
/**
 * The layer.
 */
layer: string, 
/**
 * The method.
 */
method: Method, 
/**
 * What is computed.
 */
work: Work, };

export type TaskProgress = { 
/**
 * The layer.
 */
layer: string, 
/**
 * The method.
 */
method: Method, 
/**
 * Steps done.
 */
step: number, 
/**
 * Steps in all.
 */
steps: number, 
/**
 * Whether the result is there.
 */
done: boolean, };

export type Fixed = { 
/**
 * What is done to it.
 */
setting: Setting, 
/**
 * How its values are stored.
 */
values: Values, };

export type SearchRequest = { 
/**
 * Most bytes of stored weights.
 */
bytes: number | null, 
/**
 * Most multiply-accumulates.
 */
macs: number | null, 
/**
 * Most bytes of activations at once.
 */
ramBytes: number | null, 
/**
 * Most points of accuracy or of another metric in percent to lose; without labels, percent of samples
 * that change class; of an error the rise in percent of the spread of what outputs are compared with.
 */
maxLoss: number | null, 
/**
 * Allowed methods.
 */
methods: Array<Method>, 
/**
 * Allowed ways to store values.
 */
values: Array<Values>, 
/**
 * Allowed blocks of pruned weights: 1, 4, 8 neighbouring outputs that share which stay.
 */
blocks: Array<number>, 
/**
 * What weights are fitted to in the end.
 */
fit: Fit, 
/**
 * Seed of everything that is drawn.
 */
seed: number, 
/**
 * Layers that stay as they are set.
 */
locked: Record<string, Fixed>, 
/**
 * Whether fits around the first one are tried.
 */
refine: boolean, };

export type FrontPoint = { 
/**
 * Bytes of the whole model.
 */
bytes: number, 
/**
 * Multiply-accumulates.
 */
macs: number, 
/**
 * Expected divergence from the original's classes, nats; without calibration, relative error.
 */
loss: number, };

export type SearchStage = "tables" | "sensitivity" | "fit" | "refine" | "done";

export type Binding = "bytes" | "macs" | "ram" | "loss";

export type SearchProgress = { 
/**
 * What is being done.
 */
stage: SearchStage, 
/**
 * The layer that is being looked at.
 */
layer: string | null, 
/**
 * Steps of the stage that are done.
 */
step: number, 
/**
 * Steps of the stage.
 */
steps: number, 
/**
 * The front, once it is known.
 */
front: Array<FrontPoint>, 
/**
 * The best plan so far.
 */
plan: Plan | null, 
/**
 * The limits that keep it from losing less.
 */
binding: Array<Binding>, 
/**
 * Measured on it: points of what `metric` names, where it rises; of an error the rise in percent of the
 * spread of what outputs are compared with; of agreement the percent of samples that change class.
 */
lost: number | null, 
/**
 * What that is lost of.
 */
metric: Metric, 
/**
 * Whether labels or targets were used for that.
 */
labelled: boolean, 
/**
 * On how many samples that was measured: those that chose the plan.
 */
samples: number, 
/**
 * At the end, how close the plan is to the original on samples that had no part in it.
 */
heldOut: HeldOut | null, 
/**
 * Whether that is more than was allowed.
 */
missed: boolean, };

export type Spectrum = { 
/**
 * Which layer.
 */
layer: string, 
/**
 * The values.
 */
values: Array<number>, };

export type Score = { 
/**
 * What was measured.
 */
metric: Metric, 
/**
 * Classes that are right, where classes are compared.
 */
correct: number, 
/**
 * All samples.
 */
samples: number, 
/**
 * Positions of a sample that have a class each; 1 where the sample has one.
 */
places: number, 
/**
 * Samples whose output is not a number: NaN or infinite. They are counted among all, are never right, and
 * have no error.
 */
undefined: number, 
/**
 * Sum over the samples of the mean squared error of their outputs.
 */
squaredError: number, 
/**
 * Root mean squared error of each normal sample, where anomalies are told from them.
 */
normal: Array<number>, 
/**
 * The same of the abnormal ones.
 */
abnormal: Array<number>, };

export type HeldOut = { 
/**
 * Agreement of the classes, or the error against the original's outputs.
 */
score: Score, 
/**
 * What that is lost: percent of the samples change class; of an error its percent of the spread of the
 * original's outputs.
 */
lost: number, 
/**
 * Why it says little.
 */
warning: string | null, };

export type Verified = { 
/**
 * Its score, by the metric of the samples.
 */
score: Score, 
/**
 * How close it is to the same compressed model in float32: samples on which both choose the same class;
 * for metrics that compare none, the root mean squared difference of the outputs.
 */
agreement: Score, 
/**
 * Bytes of the arena that were written.
 */
highWaterBytes: number, 
/**
 * CRC-32 of the artifact, 8 hexadecimal digits.
 */
crc: string, };

export type ErrorCode = "no_model" | "no_search" | "no_layer" | "no_plan" | "options" | "malformed" | "limit" | "missing" | "unsupported" | "dataset" | "plan" | "evaluate" | "export" | "argument";

export type ErrorStage = "session" | "import" | "dataset" | "compress" | "search" | "evaluate" | "export" | "wasm";

export type SepalError = { 
/**
 * Kind, for programs.
 */
code: ErrorCode, 
/**
 * Stage of the data flow.
 */
stage: ErrorStage, 
/**
 * Layer or node.
 */
node: string | null, 
/**
 * One sentence.
 */
message: string, 
/**
 * What to do.
 */
hint: string | null, };

export type Processor = "m0" | "m0plus" | "m3" | "m4" | "m7" | "m33" | "m55" | "riscv" | "cortex-a";

export type Device = { 
/**
 * Unique, for the command line: lower case, digits and hyphens.
 */
id: string, 
/**
 * As people call it.
 */
name: string, 
/**
 * Who makes it.
 */
maker: string, 
/**
 * Its processor.
 */
core: Processor, 
/**
 * Bytes of flash, or of what takes its place; absent where it is no part of the device.
 */
flashBytes: number | null, 
/**
 * Bytes of RAM; absent likewise.
 */
ramBytes: number | null, 
/**
 * Cycles per second.
 */
clockHz: number, 
/**
 * Estimate for the runtime's kernels.
 */
cyclesPerInstruction: number, 
/**
 * How far off that may be, relative: 0.25 is a quarter more or less.
 */
cyclesError: number, 
/**
 * What the estimate rests on.
 */
basis: string, 
/**
 * Whether it computes float32 in hardware.
 */
hasFpu: boolean, 
/**
 * The document that the memory and the clock are from.
 */
source: string, 
/**
 * Stands for comparison only: its memory is no limit.
 */
contextOnly: boolean, };

export type TickFormat = "percent" | "plain" | "bytes" | "count";

export type Axis = { 
/**
 * The value at the left or lower end.
 */
min: number, 
/**
 * The value at the right or upper end.
 */
max: number, 
/**
 * Logarithmic instead of linear.
 */
log: boolean, 
/**
 * How ticks are written.
 */
format: TickFormat, 
/**
 * What is counted and in which unit, in words; empty for no title.
 */
label: string, };

export type Mark = "line" | "dashed" | "dotted" | "points" | "area" | "bars";

export type Series = { 
/**
 * Becomes `class="series <id>"` of the group.
 */
id: string, 
/**
 * How it is drawn.
 */
mark: Mark, 
/**
 * The points (x, y). One that is not finite, or not positive on a logarithmic axis, leaves a gap.
 */
points: Array<[number, number]>, };

export type Direction = "x" | "y";

export type Rule = { 
/**
 * Becomes `class="rule <id>"` of the line.
 */
id: string, 
/**
 * The axis that `at` is a value of: a rule on x is upright.
 */
axis: Direction, 
/**
 * Where; outside of the axis nothing is drawn.
 */
at: number, };

export type Chart = { 
/**
 * Width in CSS pixels.
 */
width: number, 
/**
 * Height in CSS pixels.
 */
height: number, 
/**
 * The horizontal axis.
 */
x: Axis, 
/**
 * The vertical axis.
 */
y: Axis, 
/**
 * What is drawn, first below.
 */
series: Array<Series>, 
/**
 * Lines above the series.
 */
rules: Array<Rule>, 
/**
 * The accessible name of the picture; it is not drawn.
 */
title: string, 
/**
 * What the picture shows, in a sentence, for those who do not see it.
 */
description: string, };

export type Picture = { 
/**
 * The SVG element.
 */
svg: string, 
/**
 * The plotting area as (x0, y0, x1, y1) in CSS pixels, y downwards.
 */
rect: [number, number, number, number], 
/**
 * The data at the left and the right edge of `rect`.
 */
xRange: [number, number], 
/**
 * The data at the lower and the upper edge of `rect`.
 */
yRange: [number, number], };

export type DataKind = "npz" | "npy" | "idx" | "csv" | "zip" | "image" | "audio";

/**
 * Formats of data: how their files are called, and what they begin with.
 */
export const FORMATS: readonly { name: string; kind: DataKind; endings: readonly string[]; magic: readonly { at: number; any: readonly (readonly number[])[] }[] }[] = [{"name":".npz","kind":"npz","endings":[".npz"],"magic":[]},{"name":".npy","kind":"npy","endings":[".npy"],"magic":[{"at":0,"any":[[147,78,85,77,80,89]]}]},{"name":"IDX","kind":"idx","endings":[],"magic":[{"at":0,"any":[[0,0]]},{"at":2,"any":[[8],[9],[11],[12],[13],[14]]},{"at":3,"any":[[1],[2],[3],[4],[5],[6],[7],[8]]}]},{"name":"CSV","kind":"csv","endings":[".csv",".tsv",".csv.gz",".tsv.gz"],"magic":[]},{"name":".zip","kind":"zip","endings":[".zip"],"magic":[{"at":0,"any":[[80,75,3,4],[80,75,5,6]]}]},{"name":"PNG","kind":"image","endings":[".png"],"magic":[{"at":0,"any":[[137,80,78,71]]}]},{"name":"JPEG","kind":"image","endings":[".jpg",".jpeg"],"magic":[{"at":0,"any":[[255,216,255]]}]},{"name":"WAV","kind":"audio","endings":[".wav"],"magic":[{"at":0,"any":[[82,73,70,70],[82,73,70,88],[82,70,54,52]]},{"at":8,"any":[[87,65,86,69]]}]}];

/**
 * Endings of pictures and recordings in formats that are not read.
 */
export const NOT_READ: readonly (readonly [DataKind, readonly string[]])[] = [["image",[".gif",".webp",".bmp",".tif",".tiff",".ppm",".pgm"]],["audio",[".mp3",".ogg",".flac",".m4a"]]];

/**
 * What a file packed with gzip begins with.
 */
export const GZIP: readonly number[] = [31,139];

/**
 * Names of the array of labels in an .npz, in small letters.
 */
export const LABELS: readonly string[] = ["y","y_test","labels","targets","label","target","arr_1"];

/**
 * Most bytes of a model with its external data.
 */
export const MODEL_BYTES: number = 64000000;

/**
 * Most bytes of all data files.
 */
export const DATA_BYTES: number = 512000000;

/**
 * Most files in all folders together.
 */
export const FILES: number = 100000;

/**
 * Ways to store values, in the order of the tables of costs.
 */
export const VALUES: readonly Values[] = ["float","int8","int4","codebook","codebook3"];

/**
 * Processors as they are called in text.
 */
export const PROCESSORS: Readonly<Record<Processor, string>> = {"cortex-a":"Cortex-A","m0":"Cortex-M0","m0plus":"Cortex-M0+","m3":"Cortex-M3","m33":"Cortex-M33","m4":"Cortex-M4","m55":"Cortex-M55","m7":"Cortex-M7","riscv":"RISC-V"};

/**
 * Everything about how samples are read is left to the engine.
 */
export const GUESS: Preprocessing = {"scale":null,"offset":null,"layout":null,"colour":null,"quantised":null,"metric":null,"labelColumn":null,"firstLabel":null,"threshold":null,"batchAxis":null};

/**
 * A model as its file states it.
 */
export const AS_STATED: OpenOptions = {"sizes":{},"output":null};

/**
 * A score of no samples.
 */
export const NO_SCORE: Score = {"metric":"accuracy","correct":0,"samples":0,"places":1,"undefined":0,"squaredError":0.0,"normal":[],"abnormal":[]};

/**
 * Percent of a layer's full rank that is offered first.
 */
export const USUAL_RANK: number = 25;

/**
 * Percent of zeros that is offered first.
 */
export const USUAL_SPARSITY: number = 80;
