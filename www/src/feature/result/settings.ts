/**
 * Settings in a few words, to say to which ones an old figure belongs.
 */
import type { Controls } from '../../state/controls.ts';
import { controls } from '../../state/store.ts';
import { words } from '../../ui/words.ts';

export const describeSettings = (settings: Controls): string => {
  const parts = [words.settings.global(words.methods[settings.method].name, settings.rank)];
  if (settings.method === 'dictionary') parts.push(words.settings.sparse(settings.sparsity));
  if (settings.own !== controls.value.own) parts.push(words.settings.byHand);
  return parts.join(', ');
};
