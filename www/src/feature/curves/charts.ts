/**
 * What the plot worker is asked to draw: plain series out of results and tables. Quality and costs are ratios.
 * Pure; no signal is read here.
 */
import { accuracyRange, niceCeiling, type Range } from '../../lib/axis.ts';
import type { Axis, Rule, Series, TickFormat } from '../../protocol/generated.ts';
import type { Cost } from '../../state/cost.ts';
import type { CostPoint } from '../../state/sweep.ts';
import { isGain, isShare, type Measure } from '../../ui/quality.ts';
import type { ChartData } from './PlotView.tsx';

export type XY = [number, number];

/** The height of the cost panel is not spent on settings that nobody wants: it ends at twice the original. */
const DEAREST = 2;

/** An error axis of which no value is known yet shows up to twice the original's. */
const WORST = 2;

/** Quality is a gain, which falls from the original, or an error, which rises from it. */
export const qualityRange = (values: readonly number[], base: number | null, measure: Measure): Range => {
  if (measure === 'weights') return { min: 0, max: Math.min(1, niceCeiling(Math.max(0.05, ...values))) };
  if (!isGain(measure)) return { min: 0, max: niceCeiling(Math.max(WORST * (base ?? 0), ...values)) };
  const best = Math.max(base ?? 0, ...values);
  return accuracyRange(best, Math.min(best, ...values));
};

/** `fits` is the place where the model begins to fit the device, or no longer does. */
type Panel = { x: Axis; breakEven: number | null; fits: number | null; title: string; description: string };

export type QualityInput = Panel & { points: readonly XY[]; range: Range; base: number | null; measure: Measure };

const ticksOf = (measure: Measure): TickFormat => (isShare(measure) ? 'percent' : 'plain');

const deviceRule = (at: number | null): Rule[] => (at === null ? [] : [{ id: 'device', axis: 'x', at }]);

const breakEvenRule = (at: number | null): Rule[] => (at === null ? [] : [{ id: 'break-even', axis: 'x', at }]);

export const qualityChart = ({
  x,
  breakEven,
  title,
  description,
  points,
  range,
  base,
  measure,
  fits,
}: QualityInput): ChartData => {
  const rules = [...breakEvenRule(breakEven), ...deviceRule(fits)];
  if (base !== null) rules.push({ id: 'original', axis: 'y', at: base });
  return {
    title,
    description,
    x: { ...x, label: '' },
    y: { ...range, log: false, format: ticksOf(measure), label: '' },
    series: [
      { id: 'quality', mark: 'line', points: [...points] },
      { id: 'quality', mark: 'points', points: [...points] },
    ],
    rules,
  };
};

export const costShare = (costs: readonly CostPoint[], pick: (cost: Cost) => number, whole: number): XY[] =>
  costs.map(({ x, cost }) => [x, whole > 0 ? pick(cost) / whole : 0]);

export type CostInput = Panel & { memory: XY[]; macs: XY[] };

export const costChart = ({ x, breakEven, title, description, memory, macs, fits }: CostInput): ChartData => {
  const dearest = Math.max(1, ...memory.map(([, y]) => y), ...macs.map(([, y]) => y));
  return {
    title,
    description,
    x,
    y: { min: 0, max: Math.min(DEAREST, niceCeiling(dearest)), log: false, format: 'percent', label: '' },
    series: [
      { id: 'memory', mark: 'dashed', points: memory },
      { id: 'macs', mark: 'dotted', points: macs },
    ],
    rules: [...breakEvenRule(breakEven), { id: 'original', axis: 'y', at: 1 }, ...deviceRule(fits)],
  };
};

export type TradeInput = {
  /** Points are [bytes, quality]. */
  explored: XY[];
  tried: XY[];
  range: Range;
  mostBytes: number;
  /** The device's flash, in bytes. */
  limit: number | null;
  base: XY | null;
  measure: Measure;
  sizeLabel: string;
  title: string;
  description: string;
};

export const tradeChart = (input: TradeInput): ChartData => {
  const rules: Rule[] = input.base ? [{ id: 'original', axis: 'x', at: input.base[0] }] : [];
  if (input.base && input.measure !== 'weights') rules.push({ id: 'original', axis: 'y', at: input.base[1] });
  rules.push(...deviceRule(input.limit));
  return {
    title: input.title,
    description: input.description,
    x: { min: 0, max: input.mostBytes, log: false, format: 'bytes', label: input.sizeLabel },
    y: { ...input.range, log: false, format: ticksOf(input.measure), label: '' },
    series: [
      { id: 'explored', mark: 'points', points: input.explored },
      { id: 'tried', mark: 'points', points: input.tried },
    ],
    rules,
  };
};

/** Losses above this are of no use to anyone, in nats; the axis ends here. */
const WORST_LOSS = 1;

export type FrontInput = {
  /** [bytes, loss], rising in bytes. */
  points: XY[];
  whole: number;
  words: { title: string; description: string; x: string; y: string };
};

/** Memory is logarithmic: sizes are told apart by ratio. */
export const frontChart = ({ points, whole, words }: FrontInput): ChartData => {
  const losses = points.map(([, loss]) => loss);
  const least = Math.min(whole, ...points.map(([bytes]) => bytes));
  return {
    title: words.title,
    description: words.description,
    x: { min: least * 0.9, max: whole * 1.1, log: true, format: 'bytes', label: words.x },
    y: {
      min: 0,
      max: niceCeiling(Math.min(WORST_LOSS, Math.max(0, ...losses))),
      log: false,
      format: 'plain',
      label: words.y,
    },
    series: [
      { id: 'quality', mark: 'line', points },
      { id: 'quality', mark: 'points', points },
    ],
    rules: [],
  };
};

/** The singular values, the kept ones filled; `cut` null where nothing is cut. */
export const spectrumChart = (
  values: readonly number[],
  cut: number | null,
  words: { title: string; description: string; x: string },
): ChartData => {
  const all = values.map((value, index): XY => [index + 1, value]);
  const series: Series[] = [
    { id: 'kept', mark: 'area', points: cut === null ? [] : all.slice(0, cut) },
    { id: 'spectrum', mark: 'line', points: all },
  ];
  return {
    title: words.title,
    description: words.description,
    x: { min: values.length > 1 ? 1 : 0, max: Math.max(1, values.length), log: false, format: 'plain', label: words.x },
    y: { min: 0, max: niceCeiling(Math.max(0, ...values) * 1.02), log: false, format: 'plain', label: '' },
    series,
    rules: [],
  };
};
