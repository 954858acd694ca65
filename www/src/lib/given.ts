/**
 * Files as the user gives them: dropped, pasted or picked, one by one or a folder at once. Folders become files with
 * their paths; nothing is read here.
 */

/** `path` is relative to what was given: `cat/1.png`, or only a name. */
export type Given = { path: string; file: File };

/** Folders within folders. */
const DEPTH_LIMIT = 8;

/** What operating systems leave in folders. */
const LITTER = /^(\.|Thumbs\.db$|desktop\.ini$|__MACOSX$)/i;

/** Files of a picker; those of a folder know their path. */
export const givenFiles = (files: Iterable<File>): Given[] =>
  [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file })).filter(isWanted);

const isWanted = ({ path }: Given): boolean => !path.split('/').some((part) => LITTER.test(part));

/**
 * What lies in a drop: at most so many files of folders, and one more, so that it shows. Must be called while the event
 * is handled: the browser forgets the entries afterwards.
 */
export const droppedFiles = (transfer: DataTransfer, most: number): Promise<Given[]> => {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry?.() ?? []);
  // Without a folder there is nothing to walk.
  if (!entries.some((entry) => entry.isDirectory)) return Promise.resolve(givenFiles(transfer.files));
  return walk(entries, most);
};

const walk = async (entries: readonly FileSystemEntry[], most: number): Promise<Given[]> => {
  const found: Given[] = [];
  const visit = async (entry: FileSystemEntry, depth: number): Promise<void> => {
    if (found.length > most || LITTER.test(entry.name)) return;
    if (isFile(entry)) found.push({ path: entry.fullPath.replace(/^\//, ''), file: await fileOf(entry) });
    else if (isFolder(entry) && depth < DEPTH_LIMIT) {
      for (const child of await childrenOf(entry, most)) await visit(child, depth + 1);
    }
  };
  for (const entry of entries) await visit(entry, 0);
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
};

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

const fileOf = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((resolve, reject) => entry.file(resolve, reject));

/** A reader hands out a folder's entries in portions, an empty one last. */
const childrenOf = async (folder: FileSystemDirectoryEntry, most: number): Promise<FileSystemEntry[]> => {
  const reader = folder.createReader();
  const portion = (): Promise<FileSystemEntry[]> =>
    new Promise((resolve, reject) => reader.readEntries(resolve, reject));
  const all: FileSystemEntry[] = [];
  for (let next = await portion(); next.length > 0 && all.length <= most; next = await portion()) {
    all.push(...next);
  }
  return all;
};
