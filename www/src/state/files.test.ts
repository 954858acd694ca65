import { expect, test } from 'vitest';
import type { Given } from '../lib/given.ts';
import { readFiles } from './files.ts';

const given = (path: string, content: BlobPart = 'content'): Given => ({
  path,
  file: new File([content], path.split('/').pop() ?? path),
});
/** A file that says it is large, without being. */
const large = (path: string, bytes: number): Given => {
  const one = given(path);
  Object.defineProperty(one.file, 'size', { value: bytes });
  return one;
};
const read = async (...files: Given[]) => {
  const { model, data, half, notice } = await readFiles(files);
  return {
    model: model?.map(({ name }) => name),
    data: data?.files.map(({ name }) => name),
    title: data?.title,
    half: half?.kind,
    notice: notice?.kind,
  };
};

type Case = { name: string; files: string[]; is: Awaited<ReturnType<typeof read>> };
const NOTHING = { model: undefined, data: undefined, title: undefined, half: undefined, notice: undefined };

const CASES: readonly Case[] = [
  { name: 'a model', files: ['net.onnx'], is: { ...NOTHING, model: ['net.onnx'] } },
  {
    name: 'a model with its weights beside it, whatever their name',
    files: ['fc1.weight', 'net.onnx', 'net.onnx.data'],
    is: { ...NOTHING, model: ['net.onnx', 'fc1.weight', 'net.onnx.data'] },
  },
  {
    name: 'a model and its samples',
    files: ['set.npz', 'net.tflite'],
    is: { ...NOTHING, model: ['net.tflite'], data: ['set.npz'], title: 'set' },
  },
  {
    name: 'a pair of arrays, samples first',
    files: ['y_test.npy', 'x_test.npy'],
    is: { ...NOTHING, data: ['x_test.npy', 'y_test.npy'], title: 'x_test' },
  },
  { name: 'samples without labels', files: ['x.npy'], is: { ...NOTHING, half: 'npy_x' } },
  { name: 'labels alone', files: ['t10k-labels-idx1-ubyte'], is: { ...NOTHING, half: 'idx_labels' } },
  {
    name: 'a folder of class folders',
    files: ['pets/cat/1.png', 'pets/cat/2.png', 'pets/dog/1.png', 'pets/readme.txt'],
    is: { ...NOTHING, data: ['cat/1.png', 'cat/2.png', 'dog/1.png'], title: 'pets' },
  },
  {
    name: 'a folder that says the order of its classes',
    files: ['pets/labels.txt', 'pets/cat/1.png', 'pets/dog/1.png'],
    is: { ...NOTHING, data: ['cat/1.png', 'dog/1.png', 'labels.txt'], title: 'pets' },
  },
  {
    name: 'two class folders',
    files: ['cat/1.png', 'dog/1.png', 'dog/2.png'],
    is: { ...NOTHING, data: ['cat/1.png', 'dog/1.png', 'dog/2.png'], title: 'cat' },
  },
  { name: 'one picture', files: ['cat.png'], is: { ...NOTHING, notice: 'single_image' } },
  { name: 'one recording', files: ['yes.wav'], is: { ...NOTHING, notice: 'single_audio' } },
  { name: 'weights alone', files: ['net.onnx.data'], is: { ...NOTHING, notice: 'weights_alone' } },
  { name: 'another framework', files: ['net.pth'], is: { ...NOTHING, notice: 'other_framework' } },
  { name: 'anything else', files: ['notes.txt'], is: { ...NOTHING, notice: 'unknown_file' } },
];

test.each(CASES)('$name', async ({ files, is }) => {
  expect(await read(...files.map((path) => given(path)))).toEqual(is);
});

test('sizes are checked before anything is read', async () => {
  expect(await read(large('net.onnx', 64_000_001))).toMatchObject({ model: undefined, notice: 'too_large' });
  const half = 260_000_000;
  expect(await read(large('a/1.png', half), large('b/1.png', half))).toMatchObject({ notice: 'too_large' });
  const many = new Array<Given>(100_001).fill(given('cat/1.png'));
  expect(await read(...many)).toMatchObject({ data: undefined, notice: 'too_many' });
});
