/**
 * The labelled samples in use, those that come with the page, and the way to open one's own.
 */
import { whole } from '../../lib/format.ts';
import { givenFiles } from '../../lib/given.ts';
import type { Opener } from '../../state/opener.ts';
import { type DefaultModel, defaults, preprocessing, samples } from '../../state/store.ts';
import { Disclosure } from '../../ui/Disclosure.tsx';
import { FileButton } from '../../ui/FileButton.tsx';
import { FolderButton } from '../../ui/FolderButton.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { words } from '../../ui/words.ts';

/** The name of a sample set: that of a set which comes with the page, or the file's. */
const setName = (title: string): string => words.sampleSets[title] ?? title;

/** Each sample set once, however many models use it. */
const distinctSets = (models: readonly DefaultModel[]): DefaultModel[] =>
  models.filter((choice, index) => models.findIndex((other) => other.evaluation === choice.evaluation) === index);

export const SamplePicker = ({ opener }: { opener: Opener }) => {
  const open = samples.value;
  const detail = open ? { detail: words.picker.samplesOf(whole(open.view.samples)) } : {};
  return (
    <Disclosure label={words.picker.samples} value={open ? setName(open.title) : words.picker.none} {...detail}>
      {(close) => (
        <ul class="menu">
          {distinctSets(defaults.value).map((choice) => (
            <li key={choice.evaluation}>
              <Choice
                choice={choice}
                inUse={open?.title === choice.evaluation}
                onChoose={() => {
                  close();
                  void opener.openDefaultSamples(choice);
                }}
              />
            </li>
          ))}
          <li class="menu-last">
            <FileButton
              class="menu-item"
              accept="*"
              label={words.picker.ownSamples}
              onFiles={(files) => {
                close();
                void opener.openFiles(givenFiles(files), 'test');
              }}
            >
              <Icon name="open" />
              <span class="menu-name">{words.picker.ownSamples}</span>
              <span class="menu-text">{words.picker.ownSamplesHint}</span>
            </FileButton>
            <FolderButton
              class="menu-item"
              label={words.picker.ownFolder}
              onFiles={(files) => {
                close();
                void opener.openFiles(givenFiles(files), 'test');
              }}
            >
              <Icon name="samples" />
              <span class="menu-name">{words.picker.ownFolder}</span>
              <span class="menu-text">{words.picker.ownFolderHint}</span>
            </FolderButton>
            {open && (
              <button
                type="button"
                class="menu-item"
                onClick={() => {
                  close();
                  preprocessing.value = { ...preprocessing.peek(), open: true, draft: null, error: null };
                }}
              >
                <Icon name="tune" />
                <span class="menu-name">{words.preprocess.open}</span>
                <span class="menu-text">{words.picker.scaling(open.view.scaling)}</span>
              </button>
            )}
            {open && <Facts />}
          </li>
        </ul>
      )}
    </Disclosure>
  );
};

const Facts = () => {
  const open = samples.value;
  if (!open) return null;
  const { classes, metric, note } = open.view;
  const facts = [words.metrics[metric].name, classes > 0 ? words.picker.classes(classes) : '', note ?? ''];
  return <p class="menu-note">{facts.filter(Boolean).join(' · ')}</p>;
};

type ChoiceProps = { choice: DefaultModel; inUse: boolean; onChoose: () => void };

const Choice = ({ choice, inUse, onChoose }: ChoiceProps) => (
  <button type="button" class="menu-item" aria-current={inUse} onClick={onChoose}>
    {inUse ? <Icon name="check" /> : <span class="icon" />}
    <span class="menu-name">{setName(choice.evaluation)}</span>
    <span class="menu-text">{words.picker.samplesOf(whole(choice.pageSet.samples))}</span>
  </button>
);
