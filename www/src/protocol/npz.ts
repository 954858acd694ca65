/**
 * What an .npz archive holds, by its directory: nothing is unpacked here.
 */
import { LABELS } from './generated.ts';

/** Whether an .npz has labels beside its samples. True of what is no zip: the engine says what is wrong with it. */
export const npzHasLabels = (bytes: Uint8Array): boolean => {
  const names = zipNames(bytes);
  return names === null || names.some((name) => LABELS.includes(arrayOf(name)));
};

const arrayOf = (path: string): string =>
  path
    .replace(/^.*[/\\]/, '')
    .replace(/\.npy$/, '')
    .toLowerCase();

/** The first field of each entry of a zip's directory and of the record that ends it. */
const ENTRY = 0x02014b50;
const END = 0x06054b50;
const END_BYTES = 22;
const COMMENT_AT_MOST = 0xffff;

/** The files in a zip by its directory; null where there is none. */
const zipNames = (bytes: Uint8Array): string[] | null => {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = endRecord(data);
  if (end === null) return null;
  const names: string[] = [];
  let at = data.getUint32(end + 16, true);
  for (let left = data.getUint16(end + 10, true); left > 0; left -= 1) {
    if (at + 46 > data.byteLength || data.getUint32(at, true) !== ENTRY) return null;
    const [name, extra, comment] = [28, 30, 32].map((field) => data.getUint16(at + field, true));
    names.push(new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + (name ?? 0))));
    at += 46 + (name ?? 0) + (extra ?? 0) + (comment ?? 0);
  }
  return names;
};

const endRecord = (data: DataView): number | null => {
  const last = data.byteLength - END_BYTES;
  for (let at = last; at >= Math.max(0, last - COMMENT_AT_MOST); at -= 1) {
    if (data.getUint32(at, true) === END) return at;
  }
  return null;
};
