/**
 * What a dropped file is, from its name and first bytes. Formats of data are the engine's, which decides whether a file
 * can be used.
 */
import { type DataKind, FORMATS, GZIP, NOT_READ } from './generated.ts';

export type FileKind =
  | 'onnx'
  | 'tflite'
  | 'weights'
  | Exclude<DataKind, 'idx'>
  | 'idx_images'
  | 'idx_labels'
  | 'other_framework'
  | 'unknown';

/** Formats that people will try and that must be exported to ONNX or TFLite first. */
const OTHER_FRAMEWORK = /\.(pt|pth|h5|hdf5|keras|pb|safetensors|mlmodel|pkl|joblib|caffemodel|ckpt|gguf)$/i;
/** Names of external data that other files have too. */
const WEIGHTS_NAME = /\.(data|weights|bin)$/i;
/** IDX files have no ending of their own, only habits. */
const IDX_NAME = /idx\d|\.idx(\.gz)?$|ubyte/i;

const MODEL_NAMES: readonly (readonly [RegExp, FileKind])[] = [
  [/\.onnx$/i, 'onnx'],
  [/\.(tflite|lite)$/i, 'tflite'],
  [/\.onnx[._]data$/i, 'weights'],
  [OTHER_FRAMEWORK, 'other_framework'],
];
/** What stands in a .tflite file after the place of its root. */
const TFLITE = { at: 4, any: [[0x54, 0x46, 0x4c, 0x33]] } as const;

/** Bytes of a file's head that are enough to tell. */
export const HEAD_BYTES = Math.max(
  ...[TFLITE, ...FORMATS.flatMap(({ magic }) => magic)].map(({ at, any }) => at + (any[0]?.length ?? 0)),
);

const ENDINGS: readonly (readonly [DataKind, readonly string[]])[] = [
  ...FORMATS.map(({ kind, endings }) => [kind, endings] as const),
  ...NOT_READ,
];

/** What the name alone says, if it says anything. */
export const kindByName = (name: string): FileKind | null =>
  MODEL_NAMES.find(([pattern]) => pattern.test(name))?.[1] ?? dataByName(name.toLowerCase());

const dataByName = (name: string): FileKind | null => {
  const kind = ENDINGS.find(([, endings]) => endings.some((ending) => name.endsWith(ending)))?.[0];
  // Samples or labels: only the content tells for certain.
  return kind === undefined || kind === 'idx' ? null : kind;
};

/** `head` is the start of the file, after unpacking where it is gzip. A name that says what a file is goes first. */
export const fileKind = (name: string, head: Uint8Array): FileKind =>
  kindByName(name) ?? kindByContent(head) ?? idxByName(name) ?? (WEIGHTS_NAME.test(name) ? 'weights' : 'unknown');

const kindByContent = (head: Uint8Array): FileKind | null => {
  if (stands(head, TFLITE)) return 'tflite';
  const found = FORMATS.find(({ magic }) => magic.length > 0 && magic.every((part) => stands(head, part)));
  if (found?.kind !== 'idx') return found?.kind ?? null;
  return head[IDX_AXES] === 1 ? 'idx_labels' : 'idx_images';
};

/** Where an IDX file says how many axes its array has. */
const IDX_AXES = 3;

type Magic = { at: number; any: readonly (readonly number[])[] };

const stands = (head: Uint8Array, { at, any }: Magic): boolean =>
  any.some((bytes) => bytes.every((byte, index) => head[at + index] === byte));

const idxByName = (name: string): FileKind | null => {
  if (!IDX_NAME.test(name)) return null;
  return /idx1|label/i.test(name) ? 'idx_labels' : 'idx_images';
};

export const isGzip = (head: Uint8Array): boolean => GZIP.every((byte, index) => head[index] === byte);

/** Whether an .npy file holds labels rather than samples, by its name: y, y_test, labels, targets. */
export const isLabels = (name: string): boolean => /(^|[_\-./\\ ])(y|labels?|targets?)([_\-. ]|$)/i.test(name);
