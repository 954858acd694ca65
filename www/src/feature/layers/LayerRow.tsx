/**
 * One layer: what it is, what it costs, and its own controls.
 */
import { bytes, count, percent, shape, shortened } from '../../lib/format.ts';
import {
  type LayerResult,
  type LayerView,
  type Method,
  type ModelView,
  type Setting,
  VALUES,
} from '../../protocol/generated.ts';
import { isLocked, resetLayer, settingOf, toggleLock, valuesOf, withMethod, withValues } from '../../state/controls.ts';
import { costOf } from '../../state/cost.ts';
import * as derived from '../../state/derived.ts';
import { chosenLayer, controls } from '../../state/store.ts';
import { Icon } from '../../ui/Icon.tsx';
import { Select } from '../../ui/Select.tsx';
import { words } from '../../ui/words.ts';
import { Amount } from './Amount.tsx';
import { LayerDial } from './LayerDial.tsx';

type Props = { layer: LayerView; model: ModelView };

const columns = words.layers.columns;

/** Characters of a layer's name that fit its column. */
const NAME_LENGTH = 26;

export const LayerRow = ({ layer, model }: Props) => {
  const setting = settingOf(layer, controls.value);
  const cost = resultOf(layer) ?? costOf(layer, setting, valuesOf(layer, controls.value));
  const chosen = chosenLayer.value === layer.name;
  const fixed = layer.methods.length === 0;
  const choose = (): void => {
    if (!fixed) chosenLayer.value = layer.name;
  };
  return (
    <tr data-chosen={chosen} data-fixed={fixed} data-testid={`layer-${layer.name}`} onClick={choose}>
      <NameCell layer={layer} chosen={chosen} onChoose={choose} />
      <Amount label={columns.parameters} now={cost.parameters} before={layer.parameters} print={count} />
      <Amount label={columns.memory} now={cost.bytes} before={layer.bytes} print={bytes} />
      <Amount label={columns.macs} now={cost.macs} before={layer.macs} print={count} />
      <ErrorCell layer={layer} />
      {fixed ? (
        <td colSpan={5} class="reason">
          {layer.reason}
        </td>
      ) : (
        <>
          <MethodCell layer={layer} method={setting.method} />
          <ValuesCell layer={layer} />
          <Dials layer={layer} model={model} setting={setting} />
          <Actions layer={layer} />
        </>
      )}
    </tr>
  );
};

/** The figures of this layer under these very settings, once the engine has counted them. */
const resultOf = (layer: LayerView): LayerResult | null =>
  derived.current.value?.applied.layers.find((result) => result.name === layer.name) ?? null;

const Dials = ({ layer, model, setting }: Props & { setting: Setting }) =>
  setting.method === 'keep' ? (
    <td colSpan={2} class="dial-none">
      {keptWhy(layer, model)}
    </td>
  ) : (
    <>
      <LayerDial layer={layer} model={model} kind="rank" />
      <LayerDial layer={layer} model={model} kind="sparsity" />
    </>
  );

const NameCell = ({ layer, chosen, onChoose }: { layer: LayerView; chosen: boolean; onChoose: () => void }) => (
  <th scope="row" class="name">
    {layer.methods.length === 0 ? (
      <span class="layer-name" title={layer.name}>
        {shortened(layer.name, NAME_LENGTH)}
      </span>
    ) : (
      <button
        type="button"
        class="layer-name"
        aria-pressed={chosen}
        title={words.layers.showSpectrum(layer.name)}
        onClick={onChoose}
      >
        {shortened(layer.name, NAME_LENGTH)}
      </button>
    )}
    <span class="sub">
      {layer.op} {shape(layer.shape)}
    </span>
  </th>
);

/** The error of this layer under these settings; an older one is greyed. */
const ErrorCell = ({ layer }: { layer: LayerView }) => {
  const current = derived.current.value;
  const applied = current?.applied ?? derived.shown.value?.result.applied;
  const result = applied?.layers.find(({ name }) => name === layer.name);
  const weights = result ? percent(result.reconstructionError) : words.layers.none;
  const outputs = result?.outputError ?? null;
  return (
    <td class="error" data-label={columns.error} data-state={current ? 'exact' : 'stale'}>
      {outputs === null ? weights : percent(outputs)}
      {outputs !== null && <span class="sub">{words.layers.weights(weights)}</span>}
    </td>
  );
};

const MethodCell = ({ layer, method }: { layer: LayerView; method: Method }) => {
  const options: Method[] = ['keep', ...layer.methods.map((view) => view.method)];
  return (
    <td class="method-cell" data-label={columns.method}>
      <Select
        bare
        label={words.layers.methodOf(layer.name)}
        value={method}
        options={options.map((option) => ({ value: option, name: words.methods[option].name }))}
        onChange={(chosen) => {
          controls.value = withMethod(controls.peek(), layer, chosen);
        }}
      />
    </td>
  );
};

const ValuesCell = ({ layer }: { layer: LayerView }) => (
  <td class="values-cell" data-label={columns.values}>
    <Select
      bare
      label={words.layers.valuesOf(layer.name)}
      value={valuesOf(layer, controls.value)}
      options={VALUES.map((value) => ({ value, name: words.values[value] }))}
      onChange={(values) => {
        controls.value = withValues(controls.peek(), layer, values);
      }}
    />
  </td>
);

/** Why a layer is not compressed from the start: it holds too little to be worth it. */
const keptWhy = (layer: LayerView, model: ModelView): string | null => {
  if (layer.suggested !== 'keep' || model.parameters === 0) return null;
  return words.layers.keptBecause(percent(layer.parameters / model.parameters));
};

const Actions = ({ layer }: { layer: LayerView }) => {
  const locked = isLocked(controls.value, layer.name);
  return (
    <td class="actions">
      <button
        type="button"
        class="icon-button"
        aria-pressed={locked}
        aria-label={words.layers.lock(layer.name)}
        title={locked ? words.layers.unlock(layer.name) : words.layers.lock(layer.name)}
        onClick={() => {
          controls.value = toggleLock(controls.value, layer);
        }}
      >
        <Icon name={locked ? 'locked' : 'unlocked'} />
      </button>
      <button
        type="button"
        class="icon-button"
        aria-label={words.layers.reset(layer.name)}
        title={words.layers.reset(layer.name)}
        onClick={() => {
          controls.value = resetLayer(controls.value, layer);
        }}
      >
        <Icon name="reset" />
      </button>
    </td>
  );
};
