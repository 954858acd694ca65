import { describe, expect, test } from 'vitest';
import { fileKind, isGzip, isLabels } from './filekind.ts';
import { npzHasLabels } from './npz.ts';

describe('file kinds', () => {
  const none = new Uint8Array();
  test.each([
    ['net.onnx', none, 'onnx'],
    ['net.onnx.data', none, 'weights'],
    ['weights.bin', none, 'weights'],
    ['net.onnx_data', none, 'weights'],
    ['set.NPZ', none, 'npz'],
    ['t10k-images-idx3-ubyte', none, 'idx_images'],
    ['t10k-labels-idx1-ubyte.gz', none, 'idx_labels'],
    ['images.bin', Uint8Array.of(0, 0, 8, 3), 'idx_images'],
    ['labels.bin', Uint8Array.of(0, 0, 8, 1), 'idx_labels'],
    ['net.tflite', none, 'tflite'],
    ['model', Uint8Array.of(28, 0, 0, 0, 0x54, 0x46, 0x4c, 0x33), 'tflite'],
    ['net.pth', none, 'other_framework'],
    ['x.npy', none, 'npy'],
    ['table.csv', none, 'csv'],
    ['pets.zip', none, 'zip'],
    ['cat/1.JPG', none, 'image'],
    ['yes/1.wav', none, 'audio'],
    ['picture', Uint8Array.of(0x89, 0x50, 0x4e, 0x47), 'image'],
    ['notes.txt', Uint8Array.of(104, 105), 'unknown'],
  ])('%s', (name, head, kind) => expect(fileKind(name, head)).toBe(kind));
  /** A zip of empty files with these names: a directory and its end. */
  const zip = (...names: string[]): Uint8Array => {
    const entries = names.flatMap((name) => {
      const head = new Array(46).fill(0);
      head.splice(0, 4, 0x50, 0x4b, 1, 2);
      head[28] = name.length;
      return [...head, ...new TextEncoder().encode(name)];
    });
    const end = [0x50, 0x4b, 5, 6, 0, 0, 0, 0, names.length, 0, names.length, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    return Uint8Array.from([...entries, ...end]);
  };
  test.each([
    [zip('x.npy', 'y.npy'), true],
    [zip('x.npy', 'scale.npy'), false],
    [zip('arr_0.npy', 'arr_1.npy'), true],
    [zip('X.npy', 'Y_test.npy'), true],
    [zip(), false],
    [Uint8Array.of(1, 2, 3), true],
    [zip('x.npy').subarray(20), true],
  ])('labels in an .npz', (bytes, has) => expect(npzHasLabels(bytes)).toBe(has));
  test('gzip', () => {
    expect(isGzip(Uint8Array.of(0x1f, 0x8b))).toBe(true);
  });
  test.each([
    ['y.npy', true],
    ['y_test.npy', true],
    ['train-labels.npy', true],
    ['x.npy', false],
    ['array.npy', false],
    ['targeted.npy', false],
  ])('%s holds labels: %s', (name, is) => expect(isLabels(name)).toBe(is));
});
