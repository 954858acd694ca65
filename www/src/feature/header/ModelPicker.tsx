/**
 * The models that come with the page, and the way to open one's own.
 */
import { percent, whole } from '../../lib/format.ts';
import { givenFiles } from '../../lib/given.ts';
import type { Opener } from '../../state/opener.ts';
import { type DefaultModel, defaults, model } from '../../state/store.ts';
import { Disclosure } from '../../ui/Disclosure.tsx';
import { FileButton } from '../../ui/FileButton.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { words } from '../../ui/words.ts';

export const ModelPicker = ({ opener }: { opener: Opener }) => {
  const open = model.value;
  return (
    <Disclosure label={words.picker.model} value={open?.title ?? words.picker.none}>
      {(close) => (
        <ul class="menu">
          {defaults.value.map((choice) => (
            <li key={choice.id}>
              <Choice
                choice={choice}
                inUse={open?.defaultId === choice.id}
                onChoose={() => {
                  close();
                  void opener.openDefault(choice);
                }}
              />
            </li>
          ))}
          <li class="menu-last">
            <FileButton
              class="menu-item"
              accept=".onnx,.tflite,.lite,.data,.onnx_data,.weights,.bin"
              label={words.picker.ownModel}
              onFiles={(files) => {
                close();
                void opener.openFiles(givenFiles(files));
              }}
            >
              <Icon name="open" />
              <span class="menu-name">{words.picker.ownModel}</span>
              <span class="menu-text">{words.picker.ownModelHint}</span>
            </FileButton>
            <p class="menu-note">{words.picker.dropHint}</p>
          </li>
        </ul>
      )}
    </Disclosure>
  );
};

type ChoiceProps = { choice: DefaultModel; inUse: boolean; onChoose: () => void };

const Choice = ({ choice, inUse, onChoose }: ChoiceProps) => (
  <button type="button" class="menu-item" aria-current={inUse} onClick={onChoose}>
    {inUse ? <Icon name="check" /> : <span class="icon" />}
    <span class="menu-name">{choice.title}</span>
    <span class="menu-text">{choice.description}</span>
    <span class="menu-text">
      {words.picker.accuracyOn(percent(choice.fullSet.accuracy / 100, 2), whole(choice.fullSet.samples))}
    </span>
  </button>
);
