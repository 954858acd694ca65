/**
 * Sorts what was given into at most one model and one set of samples, and reads both, each within a size that a tab
 * can bear.
 */
import type { Given } from '../lib/given.ts';
import { commonFolder, stem } from '../lib/path.ts';
import { type FileKind, fileKind, HEAD_BYTES, isGzip, isLabels, kindByName } from '../protocol/filekind.ts';
import { DATA_BYTES, FILES, MODEL_BYTES } from '../protocol/generated.ts';
import type { NamedFile } from '../protocol/message.ts';
import type { HalfKind, Notice } from './store.ts';

export type DataFiles = { title: string; kind: FileKind; files: NamedFile[] };

export type SortedFiles = {
  model: NamedFile[] | null;
  data: DataFiles | null;
  /** One of two files that belong together. */
  half: { kind: HalfKind; file: NamedFile } | null;
  /** About the first file that cannot be used. */
  notice: Notice | null;
};

type Kinded = Given & { kind: FileKind };
type Sorting = { model: Kinded[]; data: Kinded[]; half: (Kinded & { half: HalfKind }) | null };

export const readFiles = async (given: readonly Given[]): Promise<SortedFiles> => {
  const nothing: SortedFiles = { model: null, data: null, half: null, notice: null };
  const first = given[0];
  if (!first) return nothing;
  if (given.length > FILES) {
    const notice: Notice = { kind: 'too_many', name: first.path.split('/')[0] ?? '', limit: FILES };
    return { ...nothing, notice };
  }
  const kinded = await Promise.all(given.map(withKind));
  const sorting = sort(kinded);
  const large = tooLarge(sorting.model, MODEL_BYTES) ?? tooLarge(sorting.data, DATA_BYTES);
  const notice = large ?? complaint(kinded, sorting);
  if (large) return { ...nothing, notice };
  const { half } = sorting;
  return {
    model: sorting.model.length > 0 ? await readAll(sorting.model) : null,
    data: sorting.data.length > 0 ? await readData(sorting.data) : null,
    half: half && { kind: half.half, file: await read(half) },
    notice,
  };
};

const withKind = async (given: Given): Promise<Kinded> => ({
  ...given,
  kind: kindByName(given.path) ?? fileKind(given.path, await head(given.file)),
});

const sort = (all: readonly Kinded[]): Sorting => {
  const of = (...kinds: FileKind[]): Kinded[] => all.filter(({ kind }) => kinds.includes(kind));
  const onnx = of('onnx')[0];
  const tflite = of('tflite')[0];
  // Data of an .onnx file may have any name: what is not known otherwise goes with it.
  const model = onnx ? [onnx, ...of('weights', 'unknown')] : tflite ? [tflite] : [];
  const pair = pairOf(of('idx_images')[0], of('idx_labels')[0], 'idx_images', 'idx_labels');
  const npy = of('npy');
  const labels = npy.find(({ path }) => isLabels(path));
  const arrays = pairOf(
    npy.find((one) => one !== labels),
    labels,
    'npy_x',
    'npy_y',
  );
  const pictures = of('image', 'audio').filter(({ path }) => path.includes('/'));
  // It says the order of the classes.
  const order = all.filter(({ path }) => path.endsWith('/labels.txt'));
  const inFolders = pictures.length > 0 ? [...pictures, ...order] : [];
  const single = of('npz', 'csv', 'zip')[0];
  const data = single ? [single] : [pair.whole, arrays.whole, inFolders].find((group) => group.length > 0);
  return { model, data: data ?? [], half: data ? null : (pair.half ?? arrays.half) };
};

type Pair = { whole: Kinded[]; half: (Kinded & { half: HalfKind }) | null };

const pairOf = (x: Kinded | undefined, y: Kinded | undefined, xKind: HalfKind, yKind: HalfKind): Pair => {
  if (x && y) return { whole: [x, y], half: null };
  const half = x ? { ...x, half: xKind } : y ? { ...y, half: yKind } : null;
  return { whole: [], half };
};

const tooLarge = (files: readonly Kinded[], limit: number): Notice | null => {
  const bytes = files.reduce((total, { file }) => total + file.size, 0);
  const [first] = files;
  return first && bytes > limit ? { kind: 'too_large', name: nameOf(files), bytes, limit } : null;
};

/** A sentence about the first file that is of no use. */
const complaint = (all: readonly Kinded[], { model, data, half }: Sorting): Notice | null => {
  const used = new Set([...model, ...data, ...(half ? [half] : [])].map(({ path }) => path));
  const folder = data.length > 1;
  for (const { path: name, kind } of all) {
    if (used.has(name) || (folder && name.includes('/'))) continue;
    if (kind === 'other_framework') return { kind, name };
    if (kind === 'unknown') return { kind: 'unknown_file', name };
    if (kind === 'weights') return { kind: 'weights_alone', name };
    if (kind === 'image') return { kind: 'single_image', name };
    if (kind === 'audio') return { kind: 'single_audio', name };
  }
  return null;
};

const nameOf = (files: readonly Kinded[]): string => {
  const [first] = files;
  const top = first?.path.includes('/') && files.length > 1 ? first.path.split('/')[0] : undefined;
  return top ?? stem(first?.path ?? '');
};

const readData = async (files: Kinded[]): Promise<DataFiles> => {
  // Class folders stand first in the engine's paths.
  const top =
    files.length > 2 ? commonFolder(files.filter(({ kind }) => kind !== 'unknown').map(({ path }) => path)) : null;
  const read = await readAll(files);
  const named = top === null ? read : read.map((file) => ({ ...file, name: file.name.slice(top.length + 1) }));
  return { title: nameOf(files), kind: files[0]?.kind ?? 'unknown', files: named };
};

const readAll = (files: readonly Kinded[]): Promise<NamedFile[]> => Promise.all(files.map(read));

const read = async ({ path, file }: Given): Promise<NamedFile> => ({
  name: path,
  bytes: new Uint8Array(await file.arrayBuffer()),
});

/** The first bytes, of the content where the file is packed with gzip. */
const head = async (file: File): Promise<Uint8Array> => {
  const start = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  if (!isGzip(start)) return start;
  const reader = file.stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  try {
    return (await reader.read()).value ?? start;
  } catch {
    return start;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
};
