/**
 * What is said about how samples are read.
 */
import type { Colour, Layout } from '../../protocol/generated.ts';

export const preprocess = {
  open: 'How samples are read\u2026',
  title: 'How samples are read',
  seen: 'What the model sees',
  read: 'Settings',
  caption: (low: string, high: string) =>
    `The first samples, after scaling. Darkest or lowest is ${low}, brightest or highest ${high}.`,
  noPreview: 'There is nothing to show of these samples.',
  previewOf: (label: string) => `Sample, ${label}`,
  noLabel: 'without label',
  outcome: (metric: string) => `${metric} of the original`,
  failed: 'Not read this way:',
  guessed: 'Read in the one usual way for such a file.',
  guess: 'Back to what Sepal guesses',
  metric: 'Measure',
  scaling: 'Scaling',
  preset: 'Usual scalings',
  presets: {
    stored: 'As stored',
    unit: 'Bytes to 0 \u2026 1',
    signed: 'Bytes to \u22121 \u2026 1',
    imagenet: 'ImageNet mean and deviation',
    own: 'Other',
  },
  scale: 'Scale',
  offset: 'Offset',
  ofChannel: (name: string, channel: number) => `${name} of channel ${channel}`,
  perChannel: 'A scale and an offset for each channel',
  formula: 'The model reads stored value \u00d7 scale + offset.',
  layout: 'Order of axes',
  layouts: { nchw: 'Channels first', nhwc: 'Channels last' } satisfies Record<Layout, string>,
  colour: 'Colours',
  colours: { rgb: 'Red, green, blue', bgr: 'Blue, green, red', grey: 'Grey' } satisfies Record<Colour, string>,
  quantised: 'Values are the model\u2019s own 8-bit numbers',
  firstLabel: 'Labels count from',
  firstLabels: { '0': '0', '1': '1' },
  threshold: 'The single output is',
  probability: 'A probability: class 1 above 0.5',
  logit: 'A logit: class 1 above 0',
  above: (value: string) => `Class 1 above ${value}`,
  batchAxis: 'Samples lie along',
  batchAxes: { '0': 'The first axis', '1': 'The second axis: time first' },
  labelColumn: 'Column of labels',
  lastColumn: 'name or number; the last',
  nearChance:
    'The original is hardly better than guessing. Is the scaling right? Compare what the model sees with what it was trained on.',
  doubt: 'The original is hardly better than guessing: is the scaling right?',
  check: 'See what the model sees',
} as const;
