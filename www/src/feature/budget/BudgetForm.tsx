/**
 * What a plan may cost, and what it may be made of.
 */
import { useState } from 'preact/hooks';
import { bytes, count } from '../../lib/format.ts';
import { type Method, type Metric, VALUES, type Values } from '../../protocol/generated.ts';
import { type Budget, canSearch, type Limits, toggled } from '../../state/budget.ts';
import { isLocked } from '../../state/controls.ts';
import * as derived from '../../state/derived.ts';
import { has } from '../../state/methods.ts';
import { budget, calibration, controls, opening, samples } from '../../state/store.ts';
import { isGain, nameInSentence, nameOf } from '../../ui/quality.ts';
import { words } from '../../ui/words.ts';
import { LimitField, type Unit } from './LimitField.tsx';

const BYTES: readonly Unit[] = [
  { name: 'B', factor: 1 },
  { name: 'kB', factor: 1e3 },
  { name: 'MB', factor: 1e6 },
];
const COUNTS: readonly Unit[] = [
  { name: 'k', factor: 1e3 },
  { name: 'M', factor: 1e6 },
];

/** Memory of devices is counted in kilobytes. */
const RAM_SIZE = 100_000;

export const BudgetForm = ({ onStart }: { onStart: (budget: Budget) => void }) => {
  const now = budget.value;
  const [anyway, setAnyway] = useState(false);
  if (!now) return null;
  const chance = samples.value?.view.chance ?? false;
  // Samples that are still being opened would end the search again.
  const ready = canSearch(now) && opening.value === null && (anyway || !chance);
  return (
    <form
      class="budget"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) onStart(now);
      }}
    >
      <p>{words.budget.intro}</p>
      <LimitFields limits={now.limits} />
      <Allowed now={now} />
      <Notes />
      {chance && (
        <>
          <p class="setback">{words.budget.chance}</p>
          <Check name={words.budget.anyway} checked={anyway} onChange={() => setAnyway(!anyway)} />
        </>
      )}
      <button type="submit" class="button primary" disabled={!ready}>
        {words.budget.start}
      </button>
    </form>
  );
};

/** What may be lost, and its unit. */
const lossOf = (metric: Metric): { label: string; unit: string } => {
  if (metric === 'agreement') return { label: words.budget.agreement, unit: words.budget.percent };
  if (isGain(metric)) return { label: words.budget.loss(nameOf(metric)), unit: words.budget.points };
  return { label: words.budget.errorLoss(nameInSentence(metric)), unit: words.budget.ofSpread };
};

const LimitFields = ({ limits }: { limits: Limits }) => {
  const model = derived.view.value;
  const set = (change: Partial<Limits>): void => {
    const now = budget.peek();
    if (now) budget.value = { ...now, limits: { ...now.limits, ...change } };
  };
  if (!model) return null;
  const loss = lossOf(samples.value?.view.metric ?? 'agreement');
  return (
    <fieldset>
      <legend>{words.budget.limits}</legend>
      <div class="limits">
        <LimitField
          label={words.budget.memory}
          units={BYTES}
          value={limits.bytes}
          size={model.bytes}
          note={words.budget.now(bytes(model.bytes))}
          onValue={(value) => set({ bytes: value })}
        />
        <LimitField
          label={words.budget.macs}
          units={COUNTS}
          value={limits.macs}
          size={model.macs}
          note={words.budget.now(count(model.macs))}
          onValue={(value) => set({ macs: value })}
        />
        <LimitField
          label={words.budget.ram}
          units={BYTES}
          value={limits.ramBytes}
          size={RAM_SIZE}
          onValue={(value) => set({ ramBytes: value })}
        />
        <LimitField
          label={loss.label}
          units={[{ name: loss.unit, factor: 1 }]}
          value={limits.maxLoss}
          size={1}
          whole={false}
          disabled={calibration.value === null}
          onValue={(value) => set({ maxLoss: value })}
        />
      </div>
    </fieldset>
  );
};

const Allowed = ({ now }: { now: Budget }) => {
  const model = derived.view.value;
  const offered = derived.methods.value;
  const method = (one: Method): void => {
    budget.value = { ...now, methods: toggled(offered, now.methods, one) };
  };
  const values = (one: Values): void => {
    budget.value = { ...now, values: toggled(VALUES, now.values, one) };
  };
  return (
    <div class="allowed">
      <fieldset>
        <legend>{words.budget.methods}</legend>
        {offered.map((one) => (
          <Check
            key={one}
            name={words.methods[one].name}
            checked={now.methods.includes(one)}
            {...(model && has(model, one, 'slow') ? { note: words.budget.slow } : {})}
            onChange={() => method(one)}
          />
        ))}
      </fieldset>
      <fieldset>
        <legend>{words.budget.values}</legend>
        {VALUES.map((one) => (
          <Check key={one} name={words.values[one]} checked={now.values.includes(one)} onChange={() => values(one)} />
        ))}
      </fieldset>
    </div>
  );
};

type CheckProps = { name: string; checked: boolean; note?: string; onChange: () => void };

const Check = ({ name, checked, note, onChange }: CheckProps) => (
  <label class="check">
    <input type="checkbox" checked={checked} onChange={onChange} />
    <span>{name}</span>
    {note && <span class="hint">{note}</span>}
  </label>
);

const Notes = () => {
  const locked = derived.view.value?.layers.filter((layer) => isLocked(controls.value, layer.name)) ?? [];
  return (
    <>
      {locked.length > 0 && <p class="hint">{words.budget.locked(locked.map((layer) => layer.name).join(', '))}</p>}
      {calibration.value === null && <p class="hint">{words.budget.plain}</p>}
    </>
  );
};
