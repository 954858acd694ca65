/**
 * The unlabelled samples that weights are fitted to, those that come with the page, and the way to open one's own.
 */
import { sentence, whole } from '../../lib/format.ts';
import { givenFiles } from '../../lib/given.ts';
import type { Opener } from '../../state/opener.ts';
import { calibration, type DefaultModel, defaults } from '../../state/store.ts';
import { Disclosure } from '../../ui/Disclosure.tsx';
import { FileButton } from '../../ui/FileButton.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { words } from '../../ui/words.ts';

const setName = (title: string): string => words.sampleSets[title] ?? title;

/** Each set once, however many models use it. */
const distinctSets = (models: readonly DefaultModel[]): DefaultModel[] =>
  models.filter((choice, index) => models.findIndex((other) => other.calibration === choice.calibration) === index);

export const CalibrationPicker = ({ opener }: { opener: Opener }) => {
  const open = calibration.value;
  const detail = open ? { detail: words.picker.samplesOf(whole(open.view.samples)) } : {};
  return (
    <Disclosure label={words.picker.calibration} value={open ? setName(open.title) : words.picker.none} {...detail}>
      {(close) => (
        <ul class="menu">
          <li class="menu-note menu-first">{words.picker.calibrationHint}</li>
          {distinctSets(defaults.value).map((choice) => (
            <li key={choice.calibration}>
              <Choice
                name={setName(choice.calibration)}
                inUse={open?.title === choice.calibration}
                onChoose={() => {
                  close();
                  void opener.openDefaultCalibration(choice);
                }}
              />
            </li>
          ))}
          <li class="menu-last">
            <FileButton
              class="menu-item"
              accept="*"
              label={words.picker.ownCalibration}
              onFiles={(files) => {
                close();
                void opener.openOwnCalibration(givenFiles(files));
              }}
            >
              <Icon name="open" />
              <span class="menu-name">{words.picker.ownCalibration}</span>
              <span class="menu-text">{words.picker.ownCalibrationHint}</span>
            </FileButton>
            {open && <p class="menu-note">{words.picker.scaling(open.view.scaling)}</p>}
            {open && open.view.heldOut > 0 && <p class="menu-note">{words.picker.heldOut(whole(open.view.heldOut))}</p>}
            {open?.view.note && <p class="menu-note">{sentence(open.view.note)}</p>}
            {open?.view.warning && (
              <p class="menu-note warning-note">
                <Icon name="warning" />
                <span>{sentence(open.view.warning)}</span>
              </p>
            )}
          </li>
        </ul>
      )}
    </Disclosure>
  );
};

const Choice = ({ name, inUse, onChoose }: { name: string; inUse: boolean; onChoose: () => void }) => (
  <button type="button" class="menu-item" aria-current={inUse} onClick={onChoose}>
    {inUse ? <Icon name="check" /> : <span class="icon" />}
    <span class="menu-name">{name}</span>
  </button>
);
