/**
 * Every sentence and label that the page shows, in one place.
 */
import type { Method } from '../protocol/generated.ts';

const NBSP = '\u00a0';

export const words = {
  name: 'Sepal',
  tagline: 'See what your network can live without',
  privacy: 'Runs in this tab. Nothing is uploaded.',
  theme: { toDark: 'Switch to the dark theme', toLight: 'Switch to the light theme' },

  methods: {
    keep: { name: 'Keep', short: 'The layer stays as it is.' },
    low_rank: { name: 'Low rank', short: 'Two thin matrices for a wide one' },
    dictionary: { name: 'Sparse dictionary', short: 'Few building blocks, many zeros' },
    separation: { name: 'Kernel separation', short: 'Vertical, then horizontal filters' },
  } satisfies Record<Method, { name: string; short: string }>,

  picker: {
    model: 'Model',
    samples: 'Test set',
    none: 'None yet',
    ownModel: 'Open your own model\u2026',
    ownModelHint: '.onnx, opset 7 and later, weights inside',
    ownSamples: 'Open your own test set\u2026',
    ownSamplesHint: '.npz with x and y, or an IDX pair',
    dropHint: 'You can also drop or paste files anywhere on the page.',
    accuracyOn: (accuracy: string, samples: string) => `${accuracy} on ${samples} test samples`,
    samplesOf: (samples: string) => `${samples} samples`,
    classes: (classes: number) => `${classes} classes`,
    scaling: (scaling: string) => `Input scaling: ${scaling}`,
    inUse: 'In use',
  },
  sampleSets: {
    'sample/mnist-evaluation.npz': 'MNIST digits',
    'sample/watch-evaluation.npz': 'Wrist motion',
  } as Readonly<Record<string, string>>,

  controls: {
    title: 'Compress',
    method: 'All unlocked layers',
    rank: 'Rank',
    rankHint: 'share of full rank kept',
    sparsity: 'Sparsity',
    sparsityHint: 'zeros in the sparse code',
    percentUnit: '%',
    savesBelow: (value: string) => `Saves memory up to ${value}`,
    savesAbove: (value: string) => `Saves memory from ${value}`,
    savesAlways: 'Saves memory everywhere',
    savesNever: 'Saves no memory with this method',
    noDictionary: 'Only a sparse dictionary has zeros to choose.',
    allLocked: 'Every layer is locked.',
    nothingToDo: 'This model has no layer that can be compressed.',
    locked: (count: number) =>
      `${count === 1 ? '1 layer is' : `${count} layers are`} locked and ${count === 1 ? 'stays' : 'stay'} as set below.`,
    numberBox: (label: string) => `${label}, as a number`,
    spoken: (value: string, memory: string, macs: string) => `${value}; ${memory}, ${macs} multiply-accumulates`,
    ofFull: (value: string) => `${value} of full rank`,
    zeros: (value: string) => `${value} zeros`,
  },

  curves: {
    sweep: (dial: string) => `Sweep over ${dial}`,
    against: (what: string, dial: string) => `${what} against ${dial}`,
    costs: 'Memory and MACs',
    globalRank: 'rank',
    globalSparsity: 'sparsity',
    layerRank: (layer: string) => `rank of ${layer}`,
    layerSparsity: (layer: string) => `sparsity of ${layer}`,
    axisGlobalRank: 'Rank, share of full rank',
    axisGlobalSparsity: 'Sparsity of the code',
    axisLayerRank: (layer: string) => `Rank of ${layer}`,
    axisLayerSparsity: (layer: string) => `Sparsity of ${layer}`,
    accuracy: 'Accuracy',
    error: 'Reconstruction error',
    memory: 'Memory',
    macs: 'MACs',
    ofOriginal: 'Share of the original',
    original: 'Original',
    now: 'Now',
    at: 'At',
    breakEven: 'break-even',
    tried: 'tried',
    swept: 'swept',
    points: (done: number, total: number) => `${done} of ${total} points`,
    stop: 'Stop filling the curve',
    tradeOff: (quality: string) => `${quality} by memory`,
    memoryAxis: 'Memory',
    spectrum: 'Spectrum',
    spectrumOf: (layer: string) => `Spectrum of ${layer}`,
    describeSpectrum: (layer: string, caption: string) => `The singular values of ${layer}, falling; ${caption}.`,
    spectrumIndex: 'Singular values, largest first',
    cut: (rank: string) => `rank ${rank}`,
    kept: (share: string) => `${share} of energy`,
    noCut: (atoms: number) => `${atoms} atoms, no cut`,
    uncut: 'kept whole',
    noSpectrum: 'Choose a layer in the table that can be compressed.',
    waiting: 'Curves appear with the first result.',
    tabs: 'Plot',
    sweepTab: 'Sweep',
    tradeTab: 'Trade-off',
    spectrumTab: 'Layer',
    describeSweep: (dial: string) =>
      `Quality, memory and multiply-accumulates against ${dial}. The figures are in the result card.`,
  },

  result: {
    title: 'Result',
    accuracy: 'Accuracy',
    error: 'Weight reconstruction error',
    errorShort: 'Weight error',
    errorHint: 'How far the new weights are from the old ones: 0 % is identical.',
    interval: (low: string, high: string) => `95${NBSP}% interval ${low}\u2013${high}`,
    on: (samples: string) => `${samples} samples`,
    onPart: (part: string, all: string) => `${part} of ${all} samples`,
    approximately: '\u2248',
    pointsUnit: 'points',
    original: (value: string) => `Original ${value}`,
    memory: 'Memory',
    macs: 'MACs',
    macsLong: 'Multiply-accumulates per sample',
    parameters: 'Parameters',
    from: (value: string) => `from ${value}`,
    smaller: (factor: string) => `${factor} smaller`,
    larger: (factor: string) => `${factor} larger`,
    fewer: (factor: string) => `${factor} fewer`,
    more: (factor: string) => `${factor} more`,
    same: 'unchanged',
    exact: 'Exact',
    refining: 'Refining',
    stale: 'Old',
    updating: 'Updating',
    waiting: 'Waiting',
    staleFor: (settings: string) => `for ${settings}`,
    noSamples: 'No labelled test set is open, so quality is shown as reconstruction error.',
    cannotEvaluate: 'This model cannot be run here, so accuracy is not known. Sizes and errors are.',
    measuring: 'Measuring\u2026',
    factoring: (layer: string, step: number, steps: number) => `Factoring ${layer}: step ${step} of ${steps}`,
    layerOf: (index: number, total: number) => `layer ${index} of ${total}`,
    applying: 'Applying the settings',
    evaluating: 'Measuring accuracy',
    cancel: 'Cancel',
    spoken: (accuracy: string, memory: string) => `Accuracy ${accuracy}, memory ${memory}.`,
    spokenError: (error: string, memory: string) => `Reconstruction error ${error}, memory ${memory}.`,
  },

  settings: {
    global: (method: string, rank: number) => `${method}, rank ${rank}${NBSP}%`,
    sparse: (sparsity: number) => `sparsity ${sparsity}${NBSP}%`,
    byHand: 'other layer settings',
  },

  layers: {
    title: 'Layers',
    columns: {
      layer: 'Layer',
      parameters: 'Parameters',
      memory: 'Memory',
      macs: 'MACs',
      error: 'Error',
      method: 'Method',
      rank: 'Rank',
      sparsity: 'Sparsity',
      actions: 'Lock, reset',
    },
    atoms: 'Atoms',
    lock: (layer: string) => `Lock ${layer}: keep its setting when the global sliders move`,
    unlock: (layer: string) => `Unlock ${layer}: let it follow the global sliders`,
    reset: (layer: string) => `Reset ${layer}`,
    methodOf: (layer: string) => `Method of ${layer}`,
    rankOf: (layer: string) => `Rank of ${layer}`,
    sparsityOf: (layer: string) => `Sparsity of ${layer}`,
    showSpectrum: (layer: string) => `Show the singular values of ${layer}`,
    keptBecause: (share: string) => `Kept: ${share} of the weights`,
    whole: 'All layers',
    other: 'and weights of no layer',
    dense: 'no zeros',
    none: '\u2013',
    rankOfFull: (rank: string, full: string) => `rank ${rank} of ${full}`,
  },

  download: {
    title: 'Download',
    model: 'Compressed model',
    modelType: '.onnx',
    report: 'Report',
    reportType: '.json',
    binary: 'Device binary',
    binaryHint: 'Binary: comes with the device runtime.',
    wait: 'Ready as soon as these settings are computed.',
  },

  opening: {
    title: (name: string) => `Opening ${name}`,
    engine: 'Starting the engine',
    steps: {
      engine: 'Start',
      fetch: 'Read',
      read: 'Read',
      analyse: 'Parse and analyse',
      samples: 'Load test set',
      factor: 'Factor layers',
      evaluate: 'Evaluate',
    },
    cancel: 'Cancel',
    layer: (index: number, total: number) => `${index} of ${total}`,
  },

  drop: { title: 'Drop to open', hint: 'A model (.onnx), a test set (.npz or an IDX pair), or both at once' },

  notice: {
    close: 'Close this message',
    error: (name: string) => `${name} was not opened.`,
    applyError: 'These settings could not be computed.',
    evaluateError: 'Accuracy could not be measured.',
    stays: 'What was open before is still in use.',
    tooLarge: (name: string, size: string, limit: string) =>
      `${name} has ${size}; the largest file that Sepal opens has ${limit}. Choose a smaller model or fewer test samples.`,
    otherFramework: (name: string) =>
      `${name} is in another framework\u2019s format. Export the model to ONNX and open the .onnx file.`,
    unknown: (name: string) =>
      `${name} is not a kind of file that Sepal reads. Open a model as .onnx, or a test set as .npz or as a pair of IDX files.`,
    needModel: (name: string) =>
      `${name} was put aside: open a model first, so that the samples can be fitted to its input.`,
    halfImages: (name: string) =>
      `${name} holds the samples. Now open the file with their labels (\u2026-labels-idx1-ubyte).`,
    halfLabels: (name: string) =>
      `${name} holds the labels. Now open the file with their samples (\u2026-images-idx3-ubyte).`,
    dropped: (name: string, input: string) =>
      `The test set \u201c${name}\u201d does not fit this model\u2019s input (${input}) and was put aside. Open a test set that fits to see accuracy.`,
    engineFailed: (message: string) =>
      `The engine could not be started (${message}). Sepal needs a browser of 2023 or later with WebAssembly SIMD; reload the page to try again.`,
    fetchFailed: (name: string) => `${name} could not be loaded. Check the connection and choose it again.`,
    crashedFile: (name: string) =>
      `${name} made the engine stop twice and is not tried again. Please report it with the file, if you may share it.`,
  },

  toast: { restarted: 'The engine restarted. Your settings are kept.' },

  help: {
    open: 'Help',
    title: 'How to read this page',
    close: 'Close',
    paragraphs: [
      [
        'Sliders',
        'Rank says how much of each layer survives; sparsity says how many zeros its code has. The mark on a slider is its break-even: on the shaded side the compressed layer would be larger than the original.',
      ],
      [
        'Curves',
        'The large plot shows what the slider in hand does over its whole range. Below it: every setting that was tried, and the singular values of the chosen layer with the cut that its rank makes.',
      ],
      [
        'Figures',
        'Memory counts all stored weights, indices and pointers included. One multiply-accumulate (MAC) is two operations. Accuracy starts with about 200 samples and is refined; its 95 % interval is Wilson\u2019s.',
      ],
      [
        'Layers',
        'A layer that you set by hand is locked and no longer follows the global sliders. Unlock it to let it follow again.',
      ],
      [
        'Keyboard',
        'Tab to a slider; arrow keys move one step, Page Up and Page Down ten, Home and End to the ends. Backspace or a double click resets.',
      ],
      [
        'Files',
        'Drop, paste or pick an .onnx model and a labelled test set (.npz with x and y, or an IDX pair). They stay in this tab.',
      ],
    ] as readonly (readonly [string, string])[],
  },
} as const;
