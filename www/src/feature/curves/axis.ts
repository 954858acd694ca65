/**
 * The axis that belongs to a dial: percentages become ratios, ranks stay what they are.
 */
import type { Axis } from '../../protocol/generated.ts';
import type { Dial } from '../../state/dial.ts';
import { words } from '../../ui/words.ts';

export const axisX = (dial: Dial, value: number): number => (dial.unit === 'percent' ? value / 100 : value);

export const dialName = (dial: Dial): string => {
  const { kind, layer } = dial.id;
  if (layer === null) return kind === 'rank' ? words.curves.globalRank : words.curves.globalSparsity;
  return kind === 'rank' ? words.curves.layerRank(layer) : words.curves.layerSparsity(layer);
};

const axisLabel = (dial: Dial): string => {
  const { kind, layer } = dial.id;
  if (layer === null) return kind === 'rank' ? words.curves.axisGlobalRank : words.curves.axisGlobalSparsity;
  return kind === 'rank' ? words.curves.axisLayerRank(layer) : words.curves.axisLayerSparsity(layer);
};

export const axisOf = (dial: Dial): Axis => {
  const first = axisX(dial, dial.values[0] ?? 0);
  const last = axisX(dial, dial.values[dial.values.length - 1] ?? 1);
  return {
    min: first,
    max: last > first ? last : first + 1,
    log: false,
    format: dial.unit === 'percent' ? 'percent' : 'plain',
    label: axisLabel(dial),
  };
};
