/**
 * The settings of all layers that are not locked: one method, one rank, one sparsity.
 */
import type { Method } from '../../protocol/generated.ts';
import * as derived from '../../state/derived.ts';
import { controls } from '../../state/store.ts';
import { words } from '../../ui/words.ts';
import { GlobalSlider } from './GlobalSlider.tsx';

export const Controls = () => {
  const nothing = derived.view.value !== null && derived.methods.value.length === 0;
  return (
    <section class="card controls" aria-labelledby="controls-title">
      <h2 id="controls-title">{words.controls.title}</h2>
      {nothing ? <p class="hint">{words.controls.nothingToDo}</p> : <Settings />}
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

const MethodOption = ({ method }: { method: Method }) => (
  <label class="method">
    <input
      type="radio"
      name="method"
      value={method}
      checked={controls.value.method === method}
      onChange={() => {
        controls.value = { ...controls.value, method };
      }}
    />
    <span class="method-name">{words.methods[method].name}</span>
    <span class="method-short">{words.methods[method].short}</span>
  </label>
);

const Foot = () => {
  const locked = controls.value.own.size;
  return locked > 0 ? <p class="controls-foot">{words.controls.locked(locked)}</p> : null;
};
