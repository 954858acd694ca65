/**
 * What the artifact asks of the chosen device: flash and RAM against its limits, and the time that one sample takes.
 * What is too much is said in words and hatched, never by colour alone.
 */

import { bytes, duration, percent, sentence, shortened } from '../../lib/format.ts';
import type { Device, DeviceCost } from '../../protocol/generated.ts';
import * as derived from '../../state/derived.ts';
import { type Artifact, artifact, device } from '../../state/device.ts';
import { arenaUse, flashUse, heaviestLayer, ownerOf, timeOn, type Use } from '../../state/footprint.ts';
import { words } from '../../ui/words.ts';

/** Characters of an operation's name that fit the card. */
const NAME_LENGTH = 20;

export const DeviceFigures = () => {
  const now = artifact.value;
  const target = device.value;
  if (!now) return null;
  if (now.problem) {
    return (
      <p class="device hint" data-testid="device" data-state="none">
        {words.device.problem(sentence(now.problem))}
      </p>
    );
  }
  return now.cost && target ? <Figures target={target} cost={now.cost} trust={now.trust} /> : null;
};

type Props = { target: Device; cost: DeviceCost; trust: Artifact['trust'] };

const Figures = ({ target, cost, trust }: Props) => {
  const flash = flashUse(target, cost);
  const arena = arenaUse(target, cost);
  return (
    <section class="device" data-testid="device" data-state={trust} aria-labelledby="device-title">
      <h3 id="device-title" class="visually-hidden">
        {words.device.on(target.name)}
      </h3>
      {flash.limit !== null && (
        <div class="memories">
          <Memory
            id="flash"
            name={words.device.flash}
            use={flash}
            hint={words.device.flashHint(bytes(cost.flashBytes), bytes(cost.codeBytes))}
          />
          <Memory id="arena" name={words.device.arena} use={arena} hint={words.device.arenaHint} />
        </div>
      )}
      <Advice cost={cost} flash={flash} arena={arena} />
      <Time target={target} cost={cost} />
    </section>
  );
};

type MemoryProps = { id: string; name: string; use: Use; hint: string };

const Memory = ({ id, name, use, hint }: MemoryProps) => (
  <div class="cost" data-testid={`device-${id}`} data-state={use.over > 0 ? 'over' : 'within'} title={hint}>
    <span class="cost-name">{name}</span>
    <span class="cost-value">{bytes(use.used)}</span>
    <LimitBar use={use} />
    <span class="memory-limit">
      {use.over > 0 ? (
        <strong class="over">▲ {words.device.over(bytes(use.over))}</strong>
      ) : (
        words.device.of(bytes(use.limit ?? 0))
      )}
    </span>
  </div>
);

/** The whole bar is the device's memory, or what is used of it where that is more: then its end is hatched. */
const LimitBar = ({ use: { used, limit, over } }: { use: Use }) => {
  const whole = Math.max(used, limit ?? 0, 1);
  return (
    <span class="bar limit-bar" aria-hidden="true">
      <span class="bar-fill" style={{ inlineSize: `${((used - over) / whole) * 100}%` }} />
      {over > 0 && <span class="bar-over" style={{ inlineSize: `${(over / whole) * 100}%` }} />}
    </span>
  );
};

type AdviceProps = { cost: DeviceCost; flash: Use; arena: Use };

const Advice = ({ cost, flash, arena }: AdviceProps) => {
  const names = derived.view.value?.layers.map(({ name }) => name) ?? [];
  const layer = heaviestLayer(cost, names);
  const cut = flash.over > 0 && layer;
  if (!cut && arena.over === 0) return null;
  return (
    <p class="advice" data-testid="device-advice">
      {cut && words.device.cutFlash(bytes(flash.limit ?? 0), shortened(cut.name, NAME_LENGTH), bytes(cut.flashBytes))}
      {cut && arena.over > 0 && ' '}
      {arena.over > 0 &&
        words.device.cutArena(bytes(arena.limit ?? 0), shortened(ownerOf(cost.peak, names), NAME_LENGTH))}
    </p>
  );
};

const Time = ({ target, cost }: { target: Device; cost: DeviceCost }) => {
  const { seconds, error, rough } = timeOn(target, cost);
  return (
    <div class="cost device-time" data-testid="device-time" title={words.device.perSample(target.basis)}>
      <span class="cost-name">{words.device.time(target.name)}</span>
      <span class="cost-value">{words.device.about(duration(seconds), percent(error, 0))}</span>
      {rough && <span class="memory-limit">{words.device.rough}</span>}
    </div>
  );
};
