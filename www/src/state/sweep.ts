/**
 * The sweep over the slider in hand: what it costs at every value, and the points whose quality is to be computed.
 */
import { bisectionOrder, spread } from '../lib/bisection.ts';
import type { Fit, ModelView, Plan } from '../protocol/generated.ts';
import { type Controls, planKey, planOf } from './controls.ts';
import { type Cost, totalCost } from './cost.ts';
import { type Dial, turned } from './dial.ts';

/** 17 points: four halvings of the slider. Five where every point is a fit from front to back, which takes seconds. */
export const sweepSteps = (fit: Fit): number => (fit === 'sequential' ? 4 : 16);

export type SweepPoint = { x: number; key: string; plan: Plan; controls: Controls };
export type CostPoint = { x: number; cost: Cost };

/** The points of the curve, rising in x. */
export const sweepPoints = (model: ModelView, controls: Controls, dial: Dial): SweepPoint[] =>
  spread(0, dial.values.length - 1, sweepSteps(controls.fit)).map((index) => {
    const there = turned(model, controls, dial.id, index);
    const plan = planOf(model, there);
    return { x: dial.values[index] ?? 0, key: planKey(plan), plan, controls: there };
  });

/** Costs at every value of the dial, from the tables; thinned out for very long dials. */
export const sweepCosts = (model: ModelView, controls: Controls, dial: Dial): CostPoint[] => {
  const last = dial.values.length - 1;
  return spread(0, last, Math.min(last, 128)).map((index) => ({
    x: dial.values[index] ?? 0,
    cost: totalCost(model, planOf(model, turned(model, controls, dial.id, index))),
  }));
};

/** The same points in the order in which they are computed: coarse first, nearest the thumb first. */
export const sweepOrder = (points: readonly SweepPoint[], at: number, values: number): SweepPoint[] => {
  const steps = points.length - 1;
  const thumb = values > 1 ? (at / (values - 1)) * steps : 0;
  const order = steps === 4 || steps === 16 ? bisectionOrder(steps, thumb) : byDistance(points.length, thumb);
  return order.flatMap((index) => points[index] ?? []);
};

const byDistance = (length: number, thumb: number): number[] =>
  Array.from({ length }, (_, index) => index).sort((a, b) => Math.abs(a - thumb) - Math.abs(b - thumb));
