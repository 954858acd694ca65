/**
 * The top of the page: what this is, what is open, and the switch between light and dark.
 */
import { useState } from 'preact/hooks';
import type { Opener } from '../../state/opener.ts';
import { theme, toggleTheme } from '../../state/theme.ts';
import { Dialog } from '../../ui/Dialog.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { Wordmark } from '../../ui/Wordmark.tsx';
import { words } from '../../ui/words.ts';
import { CalibrationPicker } from './CalibrationPicker.tsx';
import { DevicePicker } from './DevicePicker.tsx';
import { ModelPicker } from './ModelPicker.tsx';
import { SamplePicker } from './SamplePicker.tsx';

export const Header = ({ opener }: { opener: Opener }) => (
  <header class="top">
    <div class="brand">
      <Wordmark />
      <h1>{words.name}</h1>
      <p>{words.tagline}</p>
    </div>
    <div class="pickers">
      <ModelPicker opener={opener} />
      <SamplePicker opener={opener} />
      <CalibrationPicker opener={opener} />
      <DevicePicker />
    </div>
    <div class="top-notes">
      <p class="privacy">
        <Icon name="shield" />
        <span>{words.privacy}</span>
      </p>
      <a href="./reproduction.html">{words.reproduction}</a>
    </div>
    <div class="top-actions">
      <Help />
      <ThemeToggle />
    </div>
  </header>
);

const ThemeToggle = () => {
  const dark = theme() === 'dark';
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={dark ? words.theme.toLight : words.theme.toDark}
      onClick={toggleTheme}
    >
      <Icon name={dark ? 'sun' : 'moon'} />
    </button>
  );
};

const Help = () => {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" class="icon-button" aria-label={words.help.open} onClick={() => setOpen(true)}>
        <Icon name="help" />
      </button>
      <Dialog title={words.help.title} open={open} onClose={() => setOpen(false)}>
        <dl class="help">
          {words.help.paragraphs.map(([term, text]) => (
            <div key={term}>
              <dt>{term}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      </Dialog>
    </>
  );
};
