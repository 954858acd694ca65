/**
 * Reads what was dropped: at most one model and one set of samples, each within a size that a tab can bear.
 */
import { type FileKind, fileKind, isGzip } from '../lib/filekind.ts';
import type { NamedFile } from '../protocol/message.ts';
import type { Notice } from './store.ts';

/** Bytes of one file. The engine has the same limit; it is checked here before anything is read. */
const FILE_LIMIT = 64_000_000;

export type SortedFiles = {
  model: NamedFile | null;
  npz: NamedFile | null;
  images: NamedFile | null;
  labels: NamedFile | null;
  /** About the first file that cannot be used. */
  notice: Notice | null;
};

export const readFiles = async (files: readonly File[]): Promise<SortedFiles> => {
  const sorted: SortedFiles = { model: null, npz: null, images: null, labels: null, notice: null };
  for (const file of files) {
    const kind = fileKind(file.name, await head(file));
    const notice = complaint(file, kind);
    if (notice) {
      sorted.notice ??= notice;
      continue;
    }
    place(sorted, kind, { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) });
  }
  return sorted;
};

const complaint = (file: File, kind: FileKind): Notice | null => {
  if (kind === 'other_framework') return { kind, name: file.name };
  if (kind === 'unknown') return { kind: 'unknown_file', name: file.name };
  if (file.size > FILE_LIMIT) return { kind: 'too_large', name: file.name, bytes: file.size, limit: FILE_LIMIT };
  return null;
};

const place = (sorted: SortedFiles, kind: FileKind, file: NamedFile): void => {
  if (kind === 'model') sorted.model = file;
  if (kind === 'npz') sorted.npz = file;
  if (kind === 'idx_images') sorted.images = file;
  if (kind === 'idx_labels') sorted.labels = file;
};

/** The first bytes, of the content where the file is packed with gzip. */
const head = async (file: File): Promise<Uint8Array> => {
  const start = new Uint8Array(await file.slice(0, 8).arrayBuffer());
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
