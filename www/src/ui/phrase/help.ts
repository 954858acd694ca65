/**
 * How to read the page.
 */

export const help = {
  open: 'Help',
  title: 'How to read this page',
  close: 'Close',
  paragraphs: [
    [
      'Sliders',
      'Rank says how much of each layer survives; sparsity says how many of its weights are zero. The mark on a slider is its break-even: on the shaded side the compressed layer would be larger than the original.',
    ],
    [
      'Fitting',
      'A compressed layer can be made close to its old weights, or to its old outputs on unlabelled calibration samples, which loses less. Front to back, each layer also makes up for what the layers before it have lost.',
    ],
    [
      'Budget',
      'Fit to budget chooses methods, settings and stored values for every layer that is not locked, within the limits that you set. Everything can be changed afterwards.',
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
      'Device',
      'Flash holds the model, its values in 8 bits or less, and the runtime\u2019s code; RAM holds the arena; both are counted on the artifact that you download. Time is an estimate: instructions, cycles for each, and the clock. Verify runs that very artifact over the test set with the code that the device runs.',
    ],
    [
      'Layers',
      'A layer that you set by hand is locked: it no longer follows the global controls, and a search leaves it as it is. Unlock it to let it follow again.',
    ],
    [
      'Keyboard',
      'Tab to a slider; arrow keys move one step, Page Up and Page Down ten, Home and End to the ends. Backspace or a double click resets.',
    ],
    [
      'Files',
      'Drop, paste or pick a model (.onnx, with its .onnx.data if it has one, or .tflite) and a test set: .npz with x and y, an .npy or IDX pair, .csv, or class folders of pictures or .wav files, zipped or not. An .npz without y is used as calibration samples. They stay in this tab.',
    ],
  ] as readonly (readonly [string, string])[],
} as const;
