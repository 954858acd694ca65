/**
 * What a search may use and must keep to. Limits are in the engine's units; null is no limit.
 */
import type { Method, ModelView, Values } from '../protocol/generated.ts';
import { has, offeredMethods } from './methods.ts';

export type Limits = { bytes: number | null; macs: number | null; ramBytes: number | null; maxLoss: number | null };
export type Budget = { limits: Limits; methods: readonly Method[]; values: readonly Values[] };

const FIRST_VALUES: readonly Values[] = ['float', 'int8', 'codebook', 'codebook3'];
/** The budget that is offered first: this share of the memory. */
const FIRST_SHARE = 0.1;

export const firstBudget = (model: ModelView): Budget => ({
  limits: { bytes: rounded(model.bytes * FIRST_SHARE), macs: null, ramBytes: null, maxLoss: null },
  // Slow ones are seldom the best: allowed only where the user says so.
  methods: offeredMethods(model).filter((method) => !has(model, method, 'slow')),
  values: FIRST_VALUES,
});

/** To two significant digits. */
const rounded = (value: number): number => Number(value.toPrecision(2));

/** With an entry if it was not there, else without it; in the order of `all`. */
export const toggled = <Entry>(all: readonly Entry[], chosen: readonly Entry[], entry: Entry): Entry[] =>
  all.filter((other) => (other === entry ? !chosen.includes(other) : chosen.includes(other)));

/** Whether there is anything to keep to and anything to do it with. */
export const canSearch = ({ limits, methods, values }: Budget): boolean =>
  Object.values(limits).some((limit) => limit !== null) &&
  (methods.length > 0 || values.some((one) => one !== 'float'));
