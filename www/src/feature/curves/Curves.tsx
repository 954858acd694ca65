/**
 * The three plots. On a small screen one at a time, chosen by a tab.
 */
import { useState } from 'preact/hooks';
import type { PlotClient } from '../../client/plot.ts';
import type { Sweeper } from '../../state/sweeper.ts';
import { words } from '../../ui/words.ts';
import { SpectrumPlot } from './SpectrumPlot.tsx';
import { Sweep } from './Sweep.tsx';
import { TradeOff } from './TradeOff.tsx';

const TABS = [
  ['sweep', words.curves.sweepTab],
  ['trade', words.curves.tradeTab],
  ['spectrum', words.curves.spectrumTab],
] as const;

export const Curves = ({ plots, sweeper }: { plots: PlotClient; sweeper: Sweeper }) => {
  const [tab, setTab] = useState<(typeof TABS)[number][0]>('sweep');
  return (
    <div class="curves" data-tab={tab}>
      <fieldset class="tabs">
        <legend class="visually-hidden">{words.curves.tabs}</legend>
        {TABS.map(([id, name]) => (
          <label key={id}>
            <input type="radio" name="plot" value={id} checked={tab === id} onChange={() => setTab(id)} />
            <span>{name}</span>
          </label>
        ))}
      </fieldset>
      <Sweep plots={plots} sweeper={sweeper} />
      <TradeOff plots={plots} />
      <SpectrumPlot plots={plots} />
    </div>
  );
};
