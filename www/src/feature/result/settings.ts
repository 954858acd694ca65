/**
 * Settings in a few words, to say to which ones an old figure belongs.
 */
import type { Controls } from '../../state/controls.ts';
import * as derived from '../../state/derived.ts';
import { dialKinds } from '../../state/methods.ts';
import { controls } from '../../state/store.ts';
import { words } from '../../ui/words.ts';

export const describeSettings = (settings: Controls): string => {
  const parts: string[] = [words.methods[settings.method].name];
  const model = derived.view.value;
  const kinds = model ? dialKinds(model, settings.method) : [];
  if (kinds.includes('rank')) parts.push(words.settings.rank(settings.rank));
  if (kinds.includes('sparsity')) parts.push(words.settings.sparse(settings.sparsity));
  if (settings.values !== 'float') parts.push(words.values[settings.values]);
  if (settings.fit !== controls.value.fit) parts.push(words.settings.fit(words.fits[settings.fit].name));
  if (settings.own !== controls.value.own) parts.push(words.settings.byHand);
  return parts.join(', ');
};
