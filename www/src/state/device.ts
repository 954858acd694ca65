/**
 * The device that results are held against. It is remembered beyond the tab; everything else here follows from it.
 */
import { computed, signal } from '@preact/signals';
import type { Device, DeviceCost } from '../protocol/generated.ts';
import * as derived from './derived.ts';
import { costOnDevice, crossing, flashLimit, flashOf, type Place } from './footprint.ts';
import * as store from './store.ts';

const STORED = 'sepal-device';
/** The small one that many know: most models must be compressed for it. */
const FIRST = 'stm32f103';
const NONE = '';

const readChoice = (): string => {
  try {
    return localStorage.getItem(STORED) ?? FIRST;
  } catch {
    return FIRST;
  }
};

const chosenId = signal(readChoice());

const withId = (id: string): Device | null => store.devices.value.find((device) => device.id === id) ?? null;

/** What was remembered may have left the table since. */
export const device = computed(() => (chosenId.value === NONE ? null : (withId(chosenId.value) ?? withId(FIRST))));

export const chooseDevice = (chosen: Device | null): void => {
  chosenId.value = chosen?.id ?? NONE;
  try {
    localStorage.setItem(STORED, chosenId.value);
  } catch {
    // Without storage the choice lasts as long as the tab.
  }
};

/** What the artifact costs, or why there is none; of these settings or, marked as old, of the last ones. */
export type Artifact = { cost: DeviceCost | null; problem: string | null; trust: 'exact' | 'stale' };

export const artifact = computed<Artifact | null>(() => {
  const now = derived.current.value;
  const result = now ?? derived.shown.value?.result;
  if (!result) return null;
  const { device: found } = result.applied;
  const problem = 'refused' in found ? found.refused : null;
  return { cost: costOnDevice(found), problem, trust: now ? 'exact' : 'stale' };
});

/** Whether sizes are shown as what they take of the device's flash. */
export const showsFlash = computed(() => flashLimit(device.value) !== null && store.originalDevice.value !== null);

/** The place on the curve in hand up to which, or from which on, the model fits the device's flash. */
export const fitsAt = computed(() => {
  const limit = flashLimit(device.value);
  if (limit === null) return null;
  const places = derived.curvePoints.value.flatMap(({ x, key }): Place[] => {
    const found = store.results.value.get(key)?.applied.device;
    const cost = found ? costOnDevice(found) : null;
    return cost ? [{ x, bytes: flashOf(cost) }] : [];
  });
  return crossing(places, limit);
});
