/**
 * The settings of all layers that are not locked: one method, one rank, one sparsity.
 */
import { batch } from '@preact/signals';
import type { Method } from '../../protocol/generated.ts';
import * as derived from '../../state/derived.ts';
import { controls, dialInHand } from '../../state/store.ts';
import { words } from '../../ui/words.ts';
import { GlobalSlider } from './GlobalSlider.tsx';

export const Controls = () => {
  const opened = derived.view.value !== null;
  const nothing = opened && derived.methods.value.length === 0;
  return (
    <section class="card controls" aria-labelledby="controls-title">
      <h2 id="controls-title">{words.controls.title}</h2>
      {nothing && <p class="hint">{words.controls.nothingToDo}</p>}
      {opened && !nothing && <Settings />}
    </section>
  );
};

const Settings = () => (
  <>
    <fieldset class="methods">
      <legend>{words.controls.method}</legend>
      {derived.methods.value.map((method) => (
        <MethodOption key={method} method={method} />
      ))}
    </fieldset>
    <GlobalSlider kind="rank" dial={derived.globalRank.value} />
    <GlobalSlider kind="sparsity" dial={derived.globalSparsity.value} />
    <Foot />
  </>
);

/** A dictionary is learned once and cut by its sparsity, so that is the slider to look at; else it is the rank. */
const choose = (method: Method): void =>
  batch(() => {
    controls.value = { ...controls.value, method };
    dialInHand.value = { kind: method === 'dictionary' ? 'sparsity' : 'rank', layer: null };
  });

const MethodOption = ({ method }: { method: Method }) => (
  <label class="method">
    <input
      type="radio"
      name="method"
      value={method}
      checked={controls.value.method === method}
      onChange={() => choose(method)}
    />
    <span class="method-name">{words.methods[method].name}</span>
    <span class="method-short">{words.methods[method].short}</span>
  </label>
);

const Foot = () => {
  const locked = controls.value.own.size;
  return locked > 0 ? <p class="controls-foot">{words.controls.locked(locked)}</p> : null;
};
