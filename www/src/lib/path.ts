/**
 * Names of files and of the folders that they lie in.
 */

/** "a/b/lenet.onnx" -> "lenet" */
export const stem = (name: string): string => (name.split(/[\\/]/).pop() ?? name).replace(/\.[^.]+$/, '');

/** The folder that all paths begin with; null where there is none, or where it is the only one of some file. */
export const commonFolder = (paths: readonly string[]): string | null => {
  const [first] = paths;
  const folder = first?.split('/')[0] ?? '';
  const deep = paths.every((path) => path.startsWith(`${folder}/`) && path.split('/').length > 2);
  return first !== undefined && deep ? folder : null;
};
