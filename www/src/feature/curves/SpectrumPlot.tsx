/**
 * The singular values of the chosen layer: the slider drawn on its own reason. The cut can be dragged.
 */
import type { PlotClient } from '../../client/plot.ts';
import { energyShare } from '../../lib/energy.ts';
import { percent, whole } from '../../lib/format.ts';
import { nearestIndex } from '../../lib/nearest.ts';
import type { LayerView, ModelView, Setting } from '../../protocol/generated.ts';
import { settingOf, sparsityOf } from '../../state/controls.ts';
import { rankOf } from '../../state/cost.ts';
import * as derived from '../../state/derived.ts';
import { dialOf, turned } from '../../state/dial.ts';
import { has } from '../../state/methods.ts';
import { controls, dialInHand, spectra } from '../../state/store.ts';
import { words } from '../../ui/words.ts';
import { spectrumChart } from './charts.ts';
import { Cursor } from './marks.tsx';
import { PlotView } from './PlotView.tsx';

export const SpectrumPlot = ({ plots }: { plots: PlotClient }) => {
  const view = derived.view.value;
  const layer = derived.spectrumLayer.value;
  const values = layer ? spectra.value.get(layer.name) : undefined;
  return (
    <section class="card spectrum" aria-labelledby="spectrum-title">
      <div class="card-head">
        <h2 id="spectrum-title">{layer ? words.curves.spectrumOf(layer.name) : words.curves.spectrum}</h2>
        {layer && values && (
          <p class="caption" data-testid="spectrum-caption">
            {view && captionOf(view, layer, settingOf(layer, controls.value), values)}
          </p>
        )}
      </div>
      {view && layer && values ? (
        <Plotted {...{ plots, view, layer, values }} />
      ) : (
        view && <p class="hint">{layer ? words.curves.waiting : words.curves.noSpectrum}</p>
      )}
    </section>
  );
};

type Props = { plots: PlotClient; view: ModelView; layer: LayerView; values: readonly number[] };

/** Not every rank cuts this spectrum: a dictionary chooses atoms, and separation factors the filters in another form. */
const cutOf = (view: ModelView, setting: Setting): number | null =>
  has(view, setting.method, 'spectrum') ? rankOf(setting) : null;

const captionOf = (view: ModelView, layer: LayerView, setting: Setting, values: readonly number[]): string => {
  if (setting.method === 'keep') return words.curves.uncut;
  const rank = rankOf(setting);
  if (rank === null) return words.curves.zeros(percent(sparsityOf(layer, setting) / 100, 0));
  if (cutOf(view, setting) === null) return words.curves.noCut((words.methods[setting.method].parts ?? rankText)(rank));
  // Fitted to outputs, the rank is of weights times inputs: the weights' own energy says little of it.
  const plain = controls.value.fit === 'plain';
  return plain ? `${rankText(rank)}, ${words.curves.kept(percent(energyShare(values, rank)))}` : rankText(rank);
};

const rankText = (rank: number): string => words.curves.cut(whole(rank));

const Plotted = ({ plots, view, layer, values }: Props) => {
  const setting = settingOf(layer, controls.value);
  const cut = cutOf(view, setting);
  const title = words.curves.spectrumOf(layer.name);
  const caption = captionOf(view, layer, setting, values);
  const drag = (x: number): void => {
    const dial = dialOf(view, controls.peek(), { kind: 'rank', layer: layer.name });
    if (!dial) return;
    dialInHand.value = dial.id;
    controls.value = turned(view, controls.peek(), dial.id, nearestIndex(dial.values, x));
  };
  return (
    <PlotView
      id="spectrum"
      plots={plots}
      data={spectrumChart(values, cut, {
        title,
        description: words.curves.describeSpectrum(layer.name, caption),
        x: words.curves.spectrumIndex,
      })}
      {...(cut === null ? {} : { onDrag: drag })}
    >
      {(frame) => cut !== null && <Cursor frame={frame} at={cut} />}
    </PlotView>
  );
};
