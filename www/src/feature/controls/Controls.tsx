/**
 * The settings of all layers that follow: one method, one rank, one sparsity, one way to store values; and what the
 * weights of all layers are fitted to.
 */
import { batch } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { Method } from '../../protocol/generated.ts';
import { resetOwn } from '../../state/controls.ts';
import * as derived from '../../state/derived.ts';
import { dialKinds } from '../../state/methods.ts';
import { controls, dialInHand } from '../../state/store.ts';
import { boundText, lossText } from '../../ui/found.ts';
import { words } from '../../ui/words.ts';
import { Chip } from './Chip.tsx';
import { FitChoice, ValuesChoice } from './Fitting.tsx';
import { GlobalSlider } from './GlobalSlider.tsx';

/** `action` stands beside the title: what sets everything at once. */
export const Controls = ({ action }: { action: ComponentChildren }) => {
  const opened = derived.view.value !== null;
  const nothing = opened && derived.methods.value.length === 0;
  return (
    <section class="card controls" aria-labelledby="controls-title">
      <div class="card-head">
        <h2 id="controls-title">{words.controls.title}</h2>
        {opened && !nothing && action}
      </div>
      {nothing && <p class="hint">{words.controls.nothingToDo}</p>}
      {opened && !nothing && <Settings />}
    </section>
  );
};

const Settings = () => (
  <>
    {derived.followed.value ? <Globals /> : <Apart />}
    <FitChoice />
    {derived.followed.value && <ValuesChoice />}
    {derived.followed.value && <Foot />}
  </>
);

const Globals = () => (
  <>
    <fieldset class="methods">
      <legend class="visually-hidden">{words.controls.method}</legend>
      <div class="method-grid">
        {derived.methods.value.map((method) => (
          <Chip
            key={method}
            group="method"
            value={method}
            name={words.methods[method].name}
            hint={words.methods[method].short}
            checked={controls.value.method === method}
            onChoose={() => choose(method)}
          />
        ))}
      </div>
      <p class="hint">{words.methods[controls.value.method].short}</p>
    </fieldset>
    <div class="globals">
      <GlobalSlider kind="rank" dial={derived.globalRank.value} />
      <GlobalSlider kind="sparsity" dial={derived.globalSparsity.value} />
    </div>
  </>
);

const choose = (method: Method): void =>
  batch(() => {
    const model = derived.view.peek();
    const kinds = model ? dialKinds(model, method) : [];
    controls.value = { ...controls.value, method };
    dialInHand.value = { kind: kinds[0] ?? 'sparsity', layer: null };
  });

/** In place of controls that would move nothing. */
const Apart = () => {
  const found = derived.found.value;
  return (
    <div class="apart">
      <p>{found ? words.controls.allFound : words.controls.allOwn}</p>
      {found && <p>{lossText(found.progress)}</p>}
      {found && <p>{boundText(found.progress)}</p>}
      <Follow />
    </div>
  );
};

const Foot = () => {
  const own = controls.value.own.size;
  if (own === 0) return null;
  return (
    <p class="controls-foot">
      <span>{words.controls.own(own)}</span>
      <Follow />
    </p>
  );
};

const Follow = () => {
  const model = derived.view.value;
  if (!model || !derived.changedOwn.value) return null;
  return (
    <button
      type="button"
      class="link"
      onClick={() => {
        controls.value = resetOwn(controls.peek(), model);
      }}
    >
      {words.controls.follow}
    </button>
  );
};
