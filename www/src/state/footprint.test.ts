import { expect, test } from 'vitest';
import type { Device, DeviceCost } from '../protocol/generated.ts';
import { arenaUse, crossing, flashUse, heaviestLayer, ownerOf, timeOn } from './footprint.ts';

const device = (more: Partial<Device> = {}): Device => ({
  id: 'small',
  name: 'Small',
  maker: 'Someone',
  core: 'm3',
  flashBytes: 65_536,
  ramBytes: 20_480,
  clockHz: 72_000_000,
  cyclesPerInstruction: 1.5,
  cyclesError: 0.24,
  basis: 'Measured.',
  hasFpu: false,
  source: 'Data sheet',
  contextOnly: false,
  ...more,
});

const cost: DeviceCost = {
  flashBytes: 60_000,
  arenaBytes: 1204,
  codeBytes: 8636,
  instructions: { m0: 480_000, m3: 240_000, m4: 120_000 },
  instructionsError: 0.07,
  layers: [
    { name: 'fc1', flashBytes: 20_000, m3: 1, kind: 'dense', format: null },
    { name: 'fc2', flashBytes: 39_000, m3: 1, kind: 'dense', format: null },
    { name: 'fc3', flashBytes: 39_000, m3: 1, kind: 'dense', format: null },
  ],
  peak: 'fc1',
};

test('a time is instructions by cycles by the clock, its error that of both', () => {
  const { seconds, error, rough } = timeOn(device(), cost);
  expect(seconds).toBeCloseTo((240_000 * 1.5) / 72e6, 12);
  expect(error).toBeCloseTo(0.25, 12);
  expect(rough).toBe(false);
});

test.each([
  ['m0', 480_000, false],
  ['m0plus', 480_000, false],
  ['m3', 240_000, false],
  ['m4', 120_000, false],
  ['m7', 120_000, false],
  ['m33', 120_000, false],
  ['m55', 120_000, false],
  ['riscv', 240_000, true],
  ['cortex-a', 120_000, true],
] as const)('%s executes %d instructions, rough: %s', (core, instructions, rough) => {
  const time = timeOn(device({ core, cyclesPerInstruction: 1, clockHz: 1_000_000 }), cost);
  expect([time.seconds, time.rough]).toEqual([instructions / 1e6, rough]);
});

test('flash holds the artifact and the code, and what is too much is counted', () => {
  expect(flashUse(device(), cost)).toEqual({ used: 68_636, limit: 65_536, over: 3100 });
  expect(arenaUse(device(), cost)).toEqual({ used: 1204, limit: 20_480, over: 0 });
  expect(arenaUse(device({ ramBytes: 1204 }), cost).over).toBe(0);
  expect(arenaUse(device({ ramBytes: 1203 }), cost).over).toBe(1);
});

test('without a device, and with one for comparison, there is no limit', () => {
  expect(flashUse(null, cost)).toEqual({ used: 68_636, limit: null, over: 0 });
  expect(flashUse(device({ contextOnly: true }), cost).limit).toBeNull();
});

test('the layer to cut is the one whose parts take most, the first of equals', () => {
  const layers = ['fc', 'fc1', 'fc2', 'fc3'];
  expect(heaviestLayer(cost, layers)).toEqual({ name: 'fc2', flashBytes: 39_000 });
  const parts = ['fc1.V', 'fc1.U', 'fc2'].map((name, index) => ({
    ...{ name, kind: 'dense', format: null, m3: 1 },
    flashBytes: 20_000 + index,
  }));
  expect(heaviestLayer({ ...cost, layers: parts }, layers)).toEqual({ name: 'fc1', flashBytes: 40_001 });
  expect(heaviestLayer({ ...cost, layers: [] }, layers)).toBeNull();
});

test('a part belongs to the layer with the longest name that fits, else to itself', () => {
  expect(ownerOf('conv.1.vertical', ['conv', 'conv.1'])).toBe('conv.1');
  expect(ownerOf('conv10', ['conv1'])).toBe('conv10');
  expect(ownerOf('pool', ['conv1'])).toBe('pool');
});

test('the place where a model begins to fit, or no longer does', () => {
  const points = [
    { x: 0, bytes: 100 },
    { x: 1, bytes: 200 },
    { x: 3, bytes: 600 },
  ];
  expect(crossing(points, 400)).toEqual({ x: 2, below: true });
  expect(crossing(points, 99)).toBeNull();
  expect(crossing(points, 600)).toBeNull();
  const falling = [...points].reverse().map(({ bytes }, x) => ({ x, bytes }));
  expect(crossing(falling, 150)).toEqual({ x: 1.5, below: false });
  expect(crossing([], 1)).toBeNull();
});
