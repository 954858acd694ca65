/**
 * What can be said about how samples are read. Everything is filled in, by the engine's guess or by the user.
 */
import { useState } from 'preact/hooks';
import { plain } from '../../lib/format.ts';
import type { Colour, Layout, Metric, Preprocessing, SamplesView } from '../../protocol/generated.ts';
import { Select } from '../../ui/Select.tsx';
import { words } from '../../ui/words.ts';
import { Scaling } from './Scaling.tsx';

const METRICS: readonly Metric[] = ['accuracy', 'agreement', 'error', 'reconstruction', 'auc'];
const LAYOUTS: readonly Layout[] = ['nchw', 'nhwc'];
const COLOURS: readonly Colour[] = ['rgb', 'bgr', 'grey'];

/** What labels count from. */
const FIRST_LABELS = ['0', '1'] as const;

/** The usual thresholds of a single output, and the one in use. */
const thresholds = (now: number): { value: string; name: string }[] => {
  const usual = [
    { value: '0.5', name: words.preprocess.probability },
    { value: '0', name: words.preprocess.logit },
  ];
  const known = usual.some(({ value }) => Number(value) === now);
  return known ? usual : [...usual, { value: String(now), name: words.preprocess.above(plain(now)) }];
};

/** Which axis of a file counts samples. */
const BATCH_AXES = ['0', '1'] as const;

/** Samples of steps and features may lie along either axis. */
const isSequence = ({ shape, preprocessing }: SamplesView): boolean =>
  preprocessing.batchAxis !== null && (preprocessing.batchAxis > 0 || shape.length === 2);

type Props = {
  view: SamplesView;
  /** What was asked for last, or what was used. */
  now: Preprocessing;
  /** Whether the samples are a table. */
  table: boolean;
  onChange: (change: Partial<Preprocessing>) => void;
};

export const Fields = ({ view, now, table, onChange }: Props) => {
  const [channels, rows] = view.previews[0]?.shape ?? [1, 1];
  return (
    <div class="preprocess-fields">
      <Select
        label={words.preprocess.metric}
        value={now.metric ?? view.metric}
        options={METRICS.map((value) => ({ value, name: words.metrics[value].name }))}
        onChange={(metric) => onChange({ metric })}
      />
      <p class="hint">{words.metrics[now.metric ?? view.metric].hint}</p>
      <Scaling now={now} channels={channels} onChange={onChange} />
      {rows > 1 && (
        <Select
          label={words.preprocess.layout}
          value={now.layout ?? 'nchw'}
          options={LAYOUTS.map((value) => ({ value, name: words.preprocess.layouts[value] }))}
          onChange={(layout) => onChange({ layout })}
        />
      )}
      {rows > 1 && channels === 3 && (
        <Select
          label={words.preprocess.colour}
          value={now.colour ?? 'rgb'}
          options={COLOURS.map((value) => ({ value, name: words.preprocess.colours[value] }))}
          onChange={(colour) => onChange({ colour })}
        />
      )}
      {view.preprocessing.firstLabel !== null && (
        <Select
          label={words.preprocess.firstLabel}
          value={String(now.firstLabel ?? 0)}
          options={FIRST_LABELS.map((value) => ({ value, name: words.preprocess.firstLabels[value] }))}
          onChange={(first) => onChange({ firstLabel: Number(first) })}
        />
      )}
      {view.preprocessing.threshold !== null && (
        <Select
          label={words.preprocess.threshold}
          value={String(now.threshold ?? view.choosing.threshold)}
          options={thresholds(now.threshold ?? view.choosing.threshold)}
          onChange={(threshold) => onChange({ threshold: Number(threshold) })}
        />
      )}
      {isSequence(view) && (
        <Select
          label={words.preprocess.batchAxis}
          value={String(now.batchAxis ?? 0)}
          options={BATCH_AXES.map((value) => ({ value, name: words.preprocess.batchAxes[value] }))}
          onChange={(axis) => onChange({ batchAxis: Number(axis) })}
        />
      )}
      {(table || now.labelColumn !== null) && (
        <LabelColumn value={now.labelColumn ?? ''} onValue={(labelColumn) => onChange({ labelColumn })} />
      )}
      <label class="check">
        <input
          type="checkbox"
          checked={now.quantised ?? false}
          onChange={() => onChange({ quantised: !(now.quantised ?? false) })}
        />
        <span>{words.preprocess.quantised}</span>
      </label>
    </div>
  );
};

const LabelColumn = ({ value, onValue }: { value: string; onValue: (value: string | null) => void }) => {
  const [draft, setDraft] = useState(value);
  return (
    <label class="text-field">
      <span>{words.preprocess.labelColumn}</span>
      <input
        type="text"
        value={draft}
        placeholder={words.preprocess.lastColumn}
        onInput={(event) => {
          setDraft(event.currentTarget.value);
          onValue(event.currentTarget.value.trim() || null);
        }}
      />
    </label>
  );
};
