/**
 * What is said about a model that leaves something open.
 */
import type { Effect } from '../../protocol/generated.ts';

export const model = {
  notes: 'About this model',
  sizes: 'Input sizes',
  assumed: 'guessed',
  fromSamples: 'as the samples have it',
  sizesHint: 'The file leaves these sizes open. Say what your input has; everything is counted again.',
  apply: 'Open with these sizes',
  output: 'Output',
  ofOutputs: (count: number) => `1 of ${count}`,
  outputHint: 'The output that is measured. All of them stay in the file that you download.',
  problems: 'Not supported',
  problemCount: (count: number) => `${count} ${count === 1 ? 'operator' : 'operators'}`,
  warnings: 'Notes',
  warningCount: (count: number) => `${count} about this file`,
  andMore: (names: string, more: number) => `${names} and ${more} more`,
  effects: {
    evaluation: {
      title: 'The model cannot be run here',
      works: 'Accuracy is not known. Layers, sizes, compression and the ONNX download work.',
    },
    compression: {
      title: 'These layers stay as they are',
      works: 'All other layers can be compressed.',
    },
    device: {
      title: 'No file for devices',
      works: 'Compression, accuracy and the ONNX download work.',
    },
  } satisfies Record<Effect, { title: string; works: string }>,
} as const;
