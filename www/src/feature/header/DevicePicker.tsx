/**
 * The device that the model is made for. Its memory limits what the result card and the curves show.
 */
import { binary, frequency } from '../../lib/format.ts';
import type { Device } from '../../protocol/generated.ts';
import { chooseDevice, device } from '../../state/device.ts';
import { devices } from '../../state/store.ts';
import { Disclosure } from '../../ui/Disclosure.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { words } from '../../ui/words.ts';

export const DevicePicker = () => {
  const inUse = device.value;
  const detail = inUse ? { detail: frequency(inUse.clockHz) } : {};
  return (
    <Disclosure label={words.device.title} value={inUse?.name ?? words.device.none} {...detail}>
      {(close) => (
        <Menu
          onChoose={(chosen) => {
            close();
            chooseDevice(chosen);
          }}
        />
      )}
    </Disclosure>
  );
};

type Choose = { onChoose: (device: Device | null) => void };

const Menu = ({ onChoose }: Choose) => {
  const inUse = device.value;
  const entries = (context: boolean) =>
    devices.value
      .filter(({ contextOnly }) => contextOnly === context)
      .map((choice) => (
        <li key={choice.id}>
          <Choice name={choice.name} text={facts(choice)} inUse={choice === inUse} onChoose={() => onChoose(choice)} />
        </li>
      ));
  return (
    <ul class="menu menu-long">
      {entries(false)}
      <li class="menu-last menu-head">{words.device.context}</li>
      {entries(true)}
      <li class="menu-last">
        <Choice
          name={words.device.none}
          text={words.device.noneHint}
          inUse={inUse === null}
          onChoose={() => onChoose(null)}
        />
        {inUse && <p class="menu-note">{words.device.basis(inUse.name, inUse.basis, inUse.source)}</p>}
      </li>
    </ul>
  );
};

/** Memory only where it is a limit. */
const facts = ({ core, clockHz, flashBytes, ramBytes, contextOnly }: Device): string => {
  const kind = words.device.core(words.device.cores[core], frequency(clockHz));
  if (contextOnly || flashBytes === null || ramBytes === null) return kind;
  return `${words.device.memory(binary(flashBytes), binary(ramBytes))} · ${kind}`;
};

type ChoiceProps = { name: string; text: string; inUse: boolean; onChoose: () => void };

const Choice = ({ name, text, inUse, onChoose }: ChoiceProps) => (
  <button type="button" class="menu-item" aria-current={inUse} onClick={onChoose}>
    {inUse ? <Icon name="check" /> : <span class="icon" />}
    <span class="menu-name">{name}</span>
    <span class="menu-text">{text}</span>
  </button>
);
