/**
 * What a dropped file is, from its name and first bytes. The engine decides whether it can be used.
 */
export type FileKind = 'model' | 'npz' | 'idx_images' | 'idx_labels' | 'other_framework' | 'unknown';

/** Formats that people will try and that must be exported to ONNX first. */
const OTHER_FRAMEWORK = /\.(tflite|pt|pth|h5|hdf5|keras|pb|safetensors|mlmodel|pkl|joblib|caffemodel|ckpt)$/i;
const IDX_NAME = /idx\d|\.idx(\.gz)?$|ubyte/i;

/** `head` is the start of the file, after unpacking where it is gzip. */
export const fileKind = (name: string, head: Uint8Array): FileKind => {
  if (/\.onnx$/i.test(name)) return 'model';
  if (/\.npz$/i.test(name)) return 'npz';
  if (OTHER_FRAMEWORK.test(name)) return 'other_framework';
  return idxKind(name, head) ?? 'unknown';
};

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

/** "a/b/lenet.onnx" -> "lenet" */
export const stem = (name: string): string => (name.split(/[\\/]/).pop() ?? name).replace(/\.[^.]+$/, '');
