/**
 * One layer: what it is, what it costs, and its own controls.
 */
import { bytes, count, percent, shape, shortened } from '../../lib/format.ts';
import type { LayerView, Method, ModelView } from '../../protocol/generated.ts';
import { resetLayer, settingOf, toggleLock, withMethod } from '../../state/controls.ts';
import { costOf, METHODS, viewOf } from '../../state/cost.ts';
import * as derived from '../../state/derived.ts';
import { chosenLayer, controls } from '../../state/store.ts';
import { Icon } from '../../ui/Icon.tsx';
import { words } from '../../ui/words.ts';
import { Amount } from './Amount.tsx';
import { LayerDial } from './LayerDial.tsx';

type Props = { layer: LayerView; model: ModelView };

const columns = words.layers.columns;

/** Characters of a layer's name that fit its column. */
const NAME_LENGTH = 26;

export const LayerRow = ({ layer, model }: Props) => {
  const setting = settingOf(layer, controls.value);
  const cost = costOf(layer, setting);
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
        <td colSpan={4} class="reason">
          {layer.reason}
        </td>
      ) : (
        <>
          <MethodCell layer={layer} method={setting.method} />
          {setting.method === 'keep' ? (
            <td colSpan={2} class="dial-none">
              {keptWhy(layer, model)}
            </td>
          ) : (
            <>
              <LayerDial layer={layer} model={model} kind="rank" />
              <LayerDial layer={layer} model={model} kind="sparsity" />
            </>
          )}
          <Actions layer={layer} />
        </>
      )}
    </tr>
  );
};

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
  const error = applied?.layers.find((result) => result.name === layer.name)?.reconstructionError;
  return (
    <td class="error" data-label={columns.error} data-state={current ? 'exact' : 'stale'}>
      {error === undefined ? words.layers.none : percent(error)}
    </td>
  );
};

const MethodCell = ({ layer, method }: { layer: LayerView; method: Method }) => {
  const options: Method[] = ['keep', ...METHODS.filter((candidate) => viewOf(layer, candidate))];
  return (
    <td class="method-cell" data-label={columns.method}>
      <select
        aria-label={words.layers.methodOf(layer.name)}
        value={method}
        onChange={(event) => {
          const chosen = options.find((option) => option === event.currentTarget.value);
          if (chosen) controls.value = withMethod(controls.value, layer, chosen);
        }}
      >
        {options.map((option) => (
          <option key={option} value={option}>
            {words.methods[option].name}
          </option>
        ))}
      </select>
    </td>
  );
};

/** Why a layer is not compressed from the start: it holds too little to be worth it. */
const keptWhy = (layer: LayerView, model: ModelView): string | null => {
  if (layer.suggested !== 'keep' || model.parameters === 0) return null;
  return words.layers.keptBecause(percent(layer.parameters / model.parameters));
};

const Actions = ({ layer }: { layer: LayerView }) => {
  const locked = controls.value.own.has(layer.name);
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
