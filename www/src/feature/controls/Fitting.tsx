/**
 * What weights are fitted to, and how the values of layers that follow are stored.
 */
import { whole } from '../../lib/format.ts';
import { type Fit, VALUES } from '../../protocol/generated.ts';
import * as derived from '../../state/derived.ts';
import { calibration, controls } from '../../state/store.ts';
import { Select } from '../../ui/Select.tsx';
import { words } from '../../ui/words.ts';
import { Chip } from './Chip.tsx';

const FITS: readonly Fit[] = ['plain', 'calibrated', 'sequential'];

export const FitChoice = () => (
  <fieldset class="fitting" aria-describedby="fit-hint">
    <legend>{words.controls.fit}</legend>
    <div class="fit-row">
      {FITS.map((fit) => (
        <Chip
          key={fit}
          group="fit"
          value={fit}
          name={words.fits[fit].name}
          checked={controls.value.fit === fit}
          disabled={fit !== 'plain' && calibration.value === null}
          onChoose={() => {
            controls.value = { ...controls.peek(), fit };
          }}
        />
      ))}
    </div>
    <p class="hint" id="fit-hint" data-testid="fit-hint">
      {hint(controls.value.fit)}
    </p>
  </fieldset>
);

const hint = (fit: Fit): string => {
  const open = calibration.value;
  if (!open) return derived.view.value?.evaluation ? words.controls.fitNeedsRun : words.controls.noFit;
  const { short } = words.fits[fit];
  return fit === 'calibrated' ? words.controls.fitOn(short, whole(open.view.samples - open.view.heldOut)) : short;
};

export const ValuesChoice = () => (
  <div class="stored">
    <Select
      label={words.controls.values}
      value={controls.value.values}
      options={VALUES.map((value) => ({ value, name: words.values[value] }))}
      onChange={(values) => {
        controls.value = { ...controls.peek(), values };
      }}
    />
  </div>
);
