import { expect, test } from 'vitest';
import {
  accuracy,
  binary,
  bytes,
  change,
  count,
  duration,
  frequency,
  percent,
  points,
  plain as printed,
  ratio,
  sentence,
  shape,
  shortened,
  spokenBytes,
} from './format.ts';

const plain = (text: string): string => text.replaceAll('\u00a0', ' ').replaceAll('\u2212', '-');

test.each([
  [0, '0 B'],
  [950, '950 B'],
  [4040, '4.04 kB'],
  [84_440, '84.4 kB'],
  [999_400, '999 kB'],
  [999_600, '1.00 MB'],
  [1_066_448, '1.07 MB'],
])('bytes of %d', (value, text) => expect(plain(bytes(value))).toBe(text));

test.each([
  [7, '7'],
  [266_610, '267 k'],
  [2_293_000, '2.29 M'],
])('count of %d', (value, text) => expect(plain(count(value))).toBe(text));

test('units are read aloud as words', () => expect(spokenBytes(284_000)).toBe('284 kilobytes'));

test('accuracy shows the digits that its samples can carry', () => {
  expect(plain(accuracy(0.984, 1000))).toBe('98.4 %');
  expect(plain(accuracy(0.9823, 10_000))).toBe('98.23 %');
  expect(plain(accuracy(0.84716, 1145))).toBe('84.72 %');
});

test.each([
  [-0.006, '-0.6'],
  [0.0123, '+1.2'],
  [-0.0001, '\u00b10.0'],
])('difference of %d in points', (value, text) => expect(plain(points(value))).toBe(text));

test.each([
  [71, 266, '-73 %'],
  [98, 100, '-2.0 %'],
  [138, 100, '+38 %'],
  [100, 100, '\u00b10 %'],
  [1, 0, '\u00b10 %'],
])('change from %d to %d', (now, before, text) => expect(plain(change(now, before))).toBe(text));

test.each([
  [37, 266, '7.2\u00d7', 'smaller'],
  [200, 266, '1.33\u00d7', 'smaller'],
  [300, 266, '1.13\u00d7', 'larger'],
  [266, 266, '', 'same'],
  [0, 266, '', 'same'],
])('ratio of %d to %d', (now, before, factor, direction) => expect(ratio(now, before)).toEqual({ factor, direction }));

test('percent and shape', () => {
  expect(plain(percent(0.5, 0))).toBe('50 %');
  expect(plain(shape([50, 20, 5, 5]))).toBe('50 \u00d7 20 \u00d7 5 \u00d7 5');
});

test('long names lose their middle, short ones nothing', () => {
  expect(shortened('fc1', 8)).toBe('fc1');
  expect(shortened('model/conv2d_7/Conv2D', 11)).toBe('model…onv2D');
  expect(shortened('model/conv2d_7/Conv2D', 11)).toHaveLength(11);
});

test('a sentence ends once', () => {
  expect(sentence('it is cut short')).toBe('it is cut short.');
  expect(sentence('Export it again.')).toBe('Export it again.');
});

test.each([
  [0.00321, '3.2 ms'],
  [0.1234, '120 ms'],
  [0.00999, '10 ms'],
  [0.0009996, '1.0 ms'],
  [0.0000414, '41 \u00b5s'],
  [1.96, '2.0 s'],
  [0, '0.0 \u00b5s'],
])('a duration of %d s', (seconds, text) => expect(plain(duration(seconds))).toBe(text));

test.each([
  [65_536, '64 KiB'],
  [1_048_576, '1 MiB'],
  [331_776, '324 KiB'],
  [1536, '1.5 KiB'],
])('%d bytes of a data sheet', (size, text) => expect(plain(binary(size))).toBe(text));

test('clocks', () => {
  expect(plain(frequency(72_000_000))).toBe('72 MHz');
  expect(plain(frequency(2_300_000_000))).toBe('2.3 GHz');
});

test.each([
  [0, '0'],
  [-2.1179, '-2.12'],
  [0.012345, '0.0123'],
  [255, '255'],
  [12_345.6, '12,346'],
  [0.000012, '1.2e-5'],
])('%d without a unit', (value, text) => expect(plain(printed(value))).toBe(text));
