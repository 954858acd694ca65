import { expect, test } from 'vitest';
import { PRESETS, presetOf, spread } from './presets.ts';

test('presets are known again, as float32 and with a value for each channel', () => {
  for (const preset of PRESETS) {
    const float = (values: readonly number[]): number[] => [...Float32Array.from(values)];
    expect(presetOf(float(preset.scale), float(preset.offset))?.id).toBe(preset.id);
  }
  expect(presetOf([1 / 255, 1 / 255, 1 / 255], [0, 0, 0])?.id).toBe('unit');
  expect(presetOf([1 / 255, 1 / 200, 1 / 255], [0])).toBe(null);
  expect(presetOf([2], [0])).toBe(null);
});

test('one value for all channels and back', () => {
  expect(spread([2], 3)).toEqual([2, 2, 2]);
  expect(spread([1, 2, 3], 1)).toEqual([1]);
});
