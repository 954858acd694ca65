/**
 * Says the new figures to a screen reader, once they have settled and at most once a second.
 */
import { useEffect, useState } from 'preact/hooks';
import { spokenBytes } from '../../lib/format.ts';
import type { DeviceCost } from '../../protocol/generated.ts';
import * as derived from '../../state/derived.ts';
import { device } from '../../state/device.ts';
import { arenaUse, costOnDevice, flashUse, type Use } from '../../state/footprint.ts';
import { nameOf, print, printScore } from '../../ui/quality.ts';
import { words } from '../../ui/words.ts';

const SETTLE_MILLIS = 1000;

const sentence = (): string => {
  const shown = derived.shown.value;
  if (shown?.trust !== 'exact') return '';
  const { applied, score } = shown.result;
  const memory = spokenBytes(applied.bytes);
  const figures = score
    ? words.result.spoken(nameOf(score.metric), printScore(score), memory)
    : words.result.spoken(nameOf('weights'), print('weights', applied.reconstructionError), memory);
  return figures + tooMuch(costOnDevice(applied.device));
};

/** What does not fit the device. */
const tooMuch = (cost: DeviceCost | null): string => {
  if (!cost) return '';
  const said = ({ over }: Use, memory: string): string =>
    over > 0 ? words.device.spokenOver(spokenBytes(over), memory) : '';
  return (
    said(flashUse(device.value, cost), words.device.flash) + said(arenaUse(device.value, cost), words.device.arena)
  );
};

export const Announcer = () => {
  const next = sentence();
  const [said, setSaid] = useState('');
  useEffect(() => {
    if (next === '') return;
    const timer = setTimeout(() => setSaid(next), SETTLE_MILLIS);
    return () => clearTimeout(timer);
  }, [next]);
  return (
    <span class="visually-hidden" aria-live="polite">
      {said}
    </span>
  );
};
