/**
 * What holds for a method on every layer, as the engine says it: nothing here names one.
 */
import type { Method, MethodDial, MethodFacts, MethodProperty, ModelView } from '../protocol/generated.ts';

/** What a slider sets. */
export type DialKind = 'rank' | 'sparsity';

/** The slider of each number of a setting. */
const KINDS: Record<MethodDial, DialKind> = { rank: 'rank', atoms: 'rank', nonzeros: 'sparsity' };

/** Whether a slider sets this field of a setting. */
export const isDial = (field: string): boolean => Object.hasOwn(KINDS, field);

const factsOf = (model: ModelView, method: Method): MethodFacts | null =>
  model.methods.find((facts) => facts.method === method) ?? null;

/** Methods that at least one layer can take, in the order in which they are offered. */
export const offeredMethods = (model: ModelView): Method[] => model.methods.map(({ method }) => method);

/** Whether something is true of a method that the model can take. */
export const has = (model: ModelView, method: Method, property: MethodProperty): boolean =>
  factsOf(model, method)?.properties.includes(property) ?? false;

/** The sliders that set a method, the one to look at first. */
export const dialKinds = (model: ModelView, method: Method): DialKind[] =>
  (factsOf(model, method)?.dials ?? []).map((dial) => KINDS[dial]);

/** Whether a slider of this kind sets a method. */
export const turns = (model: ModelView, kind: DialKind, method: Method): boolean =>
  dialKinds(model, method).includes(kind);
