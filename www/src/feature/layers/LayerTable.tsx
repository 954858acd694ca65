/**
 * Every layer with its costs before and after, its own settings and its lock. The chosen row is the one whose
 * singular values are shown.
 */
import { bytes, count } from '../../lib/format.ts';
import type { ModelView } from '../../protocol/generated.ts';
import type { Cost } from '../../state/cost.ts';
import * as derived from '../../state/derived.ts';
import { words } from '../../ui/words.ts';
import { Amount } from './Amount.tsx';
import { LayerRow } from './LayerRow.tsx';

const columns = words.layers.columns;
const HEADS: readonly (readonly [string, string])[] = [
  ['name', columns.layer],
  ['amount', columns.parameters],
  ['amount', columns.memory],
  ['amount', columns.macs],
  ['error', columns.error],
  ['method-cell', columns.method],
  ['values-cell', columns.values],
  ['dial', columns.rank],
  ['dial', columns.sparsity],
];

export const LayerTable = () => {
  const model = derived.view.value;
  return (
    <section class="card layers" aria-labelledby="layers-title">
      <h2 id="layers-title" class="visually-hidden">
        {words.layers.title}
      </h2>
      {model && (
        <table>
          <thead>
            <tr>
              {HEADS.map(([kind, text]) => (
                <th key={text} scope="col" class={kind}>
                  {text}
                </th>
              ))}
              <th scope="col" class="actions">
                <span class="visually-hidden">{columns.actions}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {model.layers.map((layer) => (
              <LayerRow key={layer.name} layer={layer} model={model} />
            ))}
          </tbody>
          <tfoot>
            <Totals model={model} />
          </tfoot>
        </table>
      )}
    </section>
  );
};

const Totals = ({ model }: { model: ModelView }) => {
  const before: Cost = { parameters: model.parameters, bytes: model.bytes, macs: model.macs };
  const after: Cost | null = derived.current.value?.applied ?? derived.cost.value;
  if (!after) return null;
  const extra = model.otherBytes > 0;
  return (
    <tr>
      <th scope="row" class="name">
        {words.layers.whole}
        {extra && <span class="sub">{words.layers.other}</span>}
      </th>
      <Amount label={columns.parameters} now={after.parameters} before={before.parameters} print={count} />
      <Amount label={columns.memory} now={after.bytes} before={before.bytes} print={bytes} />
      <Amount label={columns.macs} now={after.macs} before={before.macs} print={count} />
      <td colSpan={6} class="filler" />
    </tr>
  );
};
