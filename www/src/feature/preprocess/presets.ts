/**
 * Ways to scale stored values that are usual: real = stored * scale + offset.
 */
export type PresetId = 'stored' | 'unit' | 'signed' | 'imagenet';
export type Preset = { id: PresetId; scale: readonly number[]; offset: readonly number[] };

/** Means and deviations of the values of ImageNet between 0 and 1, as torchvision documents them. */
const MEANS = [0.485, 0.456, 0.406];
const DEVIATIONS = [0.229, 0.224, 0.225];

export const PRESETS: readonly Preset[] = [
  { id: 'stored', scale: [1], offset: [0] },
  { id: 'unit', scale: [1 / 255], offset: [0] },
  { id: 'signed', scale: [1 / 127.5], offset: [-1] },
  {
    id: 'imagenet',
    scale: DEVIATIONS.map((deviation) => 1 / (255 * deviation)),
    offset: MEANS.map((mean, channel) => -mean / (DEVIATIONS[channel] ?? 1)),
  },
];

/** The preset that the numbers are, as near as float32 holds them. */
export const presetOf = (scale: readonly number[], offset: readonly number[]): Preset | null =>
  PRESETS.find((preset) => alike(preset.scale, scale) && alike(preset.offset, offset)) ?? null;

const alike = (a: readonly number[], b: readonly number[]): boolean => {
  const length = Math.max(a.length, b.length);
  const [longA, longB] = [spread(a, length), spread(b, length)];
  return longA.every((value, index) => Math.abs(value - (longB[index] ?? 0)) <= 1e-5 * Math.max(1e-3, Math.abs(value)));
};

/** One value for each of so many: those that there are, else the first. */
export const spread = (values: readonly number[], count: number): number[] =>
  Array.from({ length: count }, (_, index) => values[index] ?? values[0] ?? 0);
