/**
 * What is said at the top of the page.
 */

export const notice = {
  close: 'Close this message',
  error: (name: string) => `${name} was not opened.`,
  applyError: 'These settings could not be computed.',
  evaluateError: 'Accuracy could not be measured.',
  stays: 'What was open before is still in use.',
  tooLarge: (size: string, limit: string) =>
    `It has ${size}; the largest file that Sepal opens has ${limit}. Choose a smaller model or fewer test samples.`,
  otherFramework: 'It is in another framework\u2019s format. Export the model to ONNX or TFLite and open that file.',
  unknown:
    'Sepal does not read this kind of file. Open a model as .onnx or .tflite, or a test set as .npz, .npy, IDX, .csv, .zip or a folder.',
  singleImage:
    'One picture is no test set. Open a folder, or a zip of it, with one sub-folder of pictures for each class.',
  singleAudio:
    'One recording is no test set. Open a folder, or a zip of it, with one sub-folder of .wav files for each class.',
  weightsAlone: 'It holds weights of a model. Open it together with the .onnx file that it belongs to.',
  tooMany: (limit: string) =>
    `It holds more than ${limit} files, which is the most that Sepal opens. Choose a part of it.`,
  needModel: (name: string) =>
    `${name} was put aside: open a model first, so that the samples can be fitted to its input.`,
  half: {
    idx_images: (name: string) =>
      `${name} holds the samples. Now open the file with their labels (\u2026-labels-idx1-ubyte).`,
    idx_labels: (name: string) =>
      `${name} holds the labels. Now open the file with their samples (\u2026-images-idx3-ubyte).`,
    npy_x: (name: string) =>
      `${name} holds the samples. Now open the file with their labels (y.npy), or open it as calibration samples.`,
    npy_y: (name: string) => `${name} holds the labels. Now open the file with their samples (x.npy).`,
  },
  calibration: (name: string, samples: string) =>
    `${name} has no labels, so its ${samples} samples are used to fit the weights to, not to measure accuracy.`,
  dropped: (name: string, input: string) =>
    `The test set \u201c${name}\u201d does not fit this model\u2019s input (${input}) and was put aside. Open a test set that fits to see accuracy.`,
  engineFailed: (message: string) =>
    `The engine could not be started (${message}). Sepal needs a browser of 2023 or later with WebAssembly SIMD; reload the page to try again.`,
  fault: 'Sepal itself has a fault here. What was open before is still in use. Please report it.',
  fetchFailed: (name: string) => `${name} could not be loaded. Check the connection and choose it again.`,
  crashedFile:
    'It made the engine stop twice and is not tried again. What was open before is still in use. Please report it.',
  crashedEvaluation:
    'Running this model made the engine stop twice, so it is not tried again. Sizes and errors are still exact.',
  crashedSettings: 'They made the engine stop twice. Your settings are kept; try others.',
  copy: 'Copy report',
  copied: 'Report copied',
  show: 'What it says',
} as const;
