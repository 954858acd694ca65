/**
 * What a compressed model asks of a device: how much of its memory, and how long one sample takes. Estimates are
 * told apart from counts: sizes are exact, instructions and cycles are not.
 */
import type { Device, DeviceCost, DeviceFit, Processor } from '../protocol/generated.ts';

/** Whose instructions stand for those of a processor. */
const INSTRUCTIONS_OF: Record<Processor, keyof DeviceCost['instructions']> = {
  m0: 'm0',
  m0plus: 'm0',
  m3: 'm3',
  m4: 'm4',
  m7: 'm4',
  m33: 'm4',
  m55: 'm4',
  riscv: 'm3',
  'cortex-a': 'm4',
};
/** Those of another instruction set than the one they are estimated by. */
const ROUGH: readonly Processor[] = ['riscv', 'cortex-a'];

/** A time for one sample; `error` is relative: 0.25 is a quarter more or less. */
export type Time = { seconds: number; error: number; rough: boolean };

/** Both errors are independent of each other, so their squares add up. */
export const timeOn = (device: Device, cost: DeviceCost): Time => ({
  seconds: (cost.instructions[INSTRUCTIONS_OF[device.core]] * device.cyclesPerInstruction) / device.clockHz,
  error: Math.hypot(cost.instructionsError, device.cyclesError),
  rough: ROUGH.includes(device.core),
});

/** Everything that lies in flash: the artifact and the runtime's code. */
export const flashOf = (cost: DeviceCost): number => cost.flashBytes + cost.codeBytes;

/** Bytes used of a memory. Without a limit nothing is over it. */
export type Use = { used: number; limit: number | null; over: number };

const use = (used: number, limit: number | null): Use => ({
  used,
  limit,
  over: limit === null ? 0 : Math.max(0, used - limit),
});

/** A memory of a device where it is a limit. */
const limitOf = (device: Device | null, bytes: 'flashBytes' | 'ramBytes'): number | null =>
  device && !device.contextOnly ? device[bytes] : null;

export const flashLimit = (device: Device | null): number | null => limitOf(device, 'flashBytes');

export const flashUse = (device: Device | null, cost: DeviceCost): Use => use(flashOf(cost), flashLimit(device));

export const arenaUse = (device: Device | null, cost: DeviceCost): Use =>
  use(cost.arenaBytes, limitOf(device, 'ramBytes'));

/** The layer that a part of the artifact belongs to: `fc1.V` is of fc1. What is of none keeps its name. */
export const ownerOf = (part: string, layers: readonly string[]): string => {
  const owners = layers.filter((layer) => part === layer || part.startsWith(`${layer}.`));
  return owners.reduce((longest, layer) => (layer.length > longest.length ? layer : longest), '') || part;
};

export type Heaviest = { name: string; flashBytes: number };

/** The layer that takes most flash, all its parts together: the first one to cut. */
export const heaviestLayer = (cost: DeviceCost, layers: readonly string[]): Heaviest | null => {
  const sums = new Map<string, number>();
  for (const { name, flashBytes } of cost.layers) {
    const owner = ownerOf(name, layers);
    sums.set(owner, (sums.get(owner) ?? 0) + flashBytes);
  }
  const all = [...sums].map(([name, flashBytes]) => ({ name, flashBytes }));
  return all.reduce<Heaviest | null>((most, one) => (most && most.flashBytes >= one.flashBytes ? most : one), null);
};

export type Place = { x: number; bytes: number };

/** Where a model begins to fit, or no longer does, along a slider; `below` where it is the smaller values that fit. */
export type Crossing = { x: number; below: boolean };

/** Where along a curve, rising in x, a size crosses a limit for the first time; null where it never does. */
export const crossing = (points: readonly Place[], limit: number): Crossing | null => {
  for (const [index, to] of points.entries()) {
    const from = points[index - 1];
    if (!from || from.bytes <= limit === to.bytes <= limit) continue;
    const x = from.x + ((limit - from.bytes) / (to.bytes - from.bytes)) * (to.x - from.x);
    return { x, below: from.bytes <= limit };
  }
  return null;
};

/** What the artifact of a plan takes, where there is one. */
export const costOnDevice = (device: DeviceFit): DeviceCost | null => ('fits' in device ? device.fits : null);
