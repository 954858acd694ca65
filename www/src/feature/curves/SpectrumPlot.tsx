/**
 * The singular values of the chosen layer: the slider drawn on its own reason. The cut can be dragged.
 */
import type { PlotClient } from '../../client/plot.ts';
import { energyShare } from '../../lib/energy.ts';
import { percent, whole } from '../../lib/format.ts';
import { nearestIndex } from '../../lib/nearest.ts';
import type { LayerView, ModelView, Setting } from '../../protocol/generated.ts';
import { settingOf, sparsityOf } from '../../state/controls.ts';
import * as derived from '../../state/derived.ts';
import { dialOf, turned } from '../../state/dial.ts';
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
            {captionOf(layer, settingOf(layer, controls.value), values)}
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

/** Only low rank cuts this spectrum: a dictionary chooses atoms, and separation factors the filters in another form. */
const cutOf = (setting: Setting): number | null => (setting.method === 'low_rank' ? setting.rank : null);

const captionOf = (layer: LayerView, setting: Setting, values: readonly number[]): string => {
  switch (setting.method) {
    case 'keep':
      return words.curves.uncut;
    case 'low_rank': {
      const rank = words.curves.cut(whole(setting.rank));
      // Fitted to outputs, the rank is of weights times inputs: the weights' own energy says little of it.
      const plain = controls.value.fit === 'plain';
      return plain ? `${rank}, ${words.curves.kept(percent(energyShare(values, setting.rank)))}` : rank;
    }
    case 'channel':
      return words.curves.fewerChannels(setting.rank);
    case 'separation':
      return words.curves.filterPairs(setting.rank);
    case 'dictionary':
      return words.curves.noCut(setting.atoms);
    case 'double_sparse':
    case 'prune':
      return words.curves.zeros(percent(sparsityOf(layer, setting) / 100, 0));
    default: {
      const never: never = setting;
      return never;
    }
  }
};

const Plotted = ({ plots, view, layer, values }: Props) => {
  const setting = settingOf(layer, controls.value);
  const cut = cutOf(setting);
  const title = words.curves.spectrumOf(layer.name);
  const caption = captionOf(layer, setting, values);
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
