/**
 * What a dropped file is, from its name and first bytes. The engine decides whether it can be used.
 */
export type FileKind =
  | 'onnx'
  | 'tflite'
  | 'weights'
  | 'npz'
  | 'npy'
  | 'idx_images'
  | 'idx_labels'
  | 'csv'
  | 'zip'
  | 'image'
  | 'audio'
  | 'other_framework'
  | 'unknown';

/** Bytes of a file's head that are enough to tell. */
export const HEAD_BYTES = 12;

/** Formats that people will try and that must be exported to ONNX or TFLite first. */
const OTHER_FRAMEWORK = /\.(pt|pth|h5|hdf5|keras|pb|safetensors|mlmodel|pkl|joblib|caffemodel|ckpt|gguf)$/i;
/** Names of external data that other files have too. */
const WEIGHTS_NAME = /\.(data|weights|bin)$/i;
const IDX_NAME = /idx\d|\.idx(\.gz)?$|ubyte/i;

const NAMES: readonly (readonly [RegExp, FileKind])[] = [
  [/\.onnx$/i, 'onnx'],
  [/\.(tflite|lite)$/i, 'tflite'],
  [/\.onnx[._]data$/i, 'weights'],
  [/\.npz$/i, 'npz'],
  [/\.npy$/i, 'npy'],
  [/\.(csv|tsv)(\.gz)?$/i, 'csv'],
  [/\.zip$/i, 'zip'],
  [/\.(png|jpe?g|gif|webp|bmp|tiff?|ppm|pgm)$/i, 'image'],
  [/\.(wav|mp3|ogg|flac|m4a)$/i, 'audio'],
  [OTHER_FRAMEWORK, 'other_framework'],
];

/** The bytes that a file begins with, or that stand at a place in it. */
const MAGIC: readonly (readonly [number, readonly number[], FileKind])[] = [
  [4, [0x54, 0x46, 0x4c, 0x33], 'tflite'],
  [0, [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59], 'npy'],
  [0, [0x50, 0x4b, 0x03, 0x04], 'zip'],
  [0, [0x89, 0x50, 0x4e, 0x47], 'image'],
  [0, [0xff, 0xd8, 0xff], 'image'],
  [8, [0x57, 0x41, 0x56, 0x45], 'audio'],
];

/** What the name alone says, if it says anything. */
export const kindByName = (name: string): FileKind | null => NAMES.find(([pattern]) => pattern.test(name))?.[1] ?? null;

/** `head` is the start of the file, after unpacking where it is gzip. A name that says what a file is goes first. */
export const fileKind = (name: string, head: Uint8Array): FileKind =>
  kindByName(name) ??
  idxKind(name, head) ??
  MAGIC.find(([at, bytes]) => bytes.every((byte, index) => head[at + index] === byte))?.[2] ??
  (WEIGHTS_NAME.test(name) ? 'weights' : 'unknown');

/** IDX starts with two zero bytes, the type of the values and the number of dimensions. */
const idxKind = (name: string, head: Uint8Array): FileKind | null => {
  const [zero, zeroToo, type, dimensions] = head;
  const magic = zero === 0 && zeroToo === 0 && type !== undefined && type >= 0x08 && type <= 0x0e;
  if (magic && dimensions !== undefined && dimensions >= 1 && dimensions <= 8) {
    return dimensions === 1 ? 'idx_labels' : 'idx_images';
  }
  if (!IDX_NAME.test(name)) return null;
  return /idx1|label/i.test(name) ? 'idx_labels' : 'idx_images';
};

export const isGzip = (head: Uint8Array): boolean => head[0] === 0x1f && head[1] === 0x8b;

/** Whether an .npy file holds labels rather than samples, by its name: y, y_test, labels, targets. */
export const isLabels = (name: string): boolean => /(^|[_\-./\\ ])(y|labels?|targets?)([_\-. ]|$)/i.test(name);

/** "a/b/lenet.onnx" -> "lenet" */
export const stem = (name: string): string => (name.split(/[\\/]/).pop() ?? name).replace(/\.[^.]+$/, '');

/** The folder that all paths begin with; null where there is none, or where it is the only one of some file. */
export const commonFolder = (paths: readonly string[]): string | null => {
  const [first] = paths;
  const folder = first?.split('/')[0] ?? '';
  const deep = paths.every((path) => path.startsWith(`${folder}/`) && path.split('/').length > 2);
  return first !== undefined && deep ? folder : null;
};
