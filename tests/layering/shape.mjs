/**
 * @file What holds for every file: its length, its functions' length, its name, and that it names no machine.
 */
import { basename } from 'node:path';
import { isTest, violation } from './sources.mjs';

/** @typedef {import('./sources.mjs').Source} Source */

const FILE_LINES = 500;
const FUNCTION_LINES = 80;
const CODE = /\.(rs|tsx?|mjs|py|css)$/;
const GENERATED = /(^|\/)generated\.|\/golden\//;
const SHAPELESS = /^(utils?|helpers?|misc|commons?)\./i;
const MACHINE = /(?<![\w.:/])\/(?:home|root|work|Users|mnt)\/[\w.-]+/g;

/**
 * Files that are too long.
 * @param {Source[]} sources
 * @returns {string[]}
 */
export function longFiles(sources) {
  const files = sources.filter(({ path }) => CODE.test(path) && !GENERATED.test(path));
  return files.flatMap(({ path, text }) => {
    const lines = text.split('\n').length - 1;
    return lines > FILE_LINES ? [`${path}: ${lines} lines, ${FILE_LINES} is the most`] : [];
  });
}

/**
 * Files whose name says nothing.
 * @param {Source[]} sources
 * @returns {string[]}
 */
export function shapelessNames(sources) {
  const wrong = sources.filter(({ path }) => SHAPELESS.test(basename(path)));
  return wrong.map(({ path }) => `${path}: a name must say what is in the file`);
}

/**
 * Paths of one person's machine.
 * @param {Source[]} sources
 * @returns {string[]}
 */
export function machinePaths(sources) {
  return sources.flatMap((source) =>
    [...source.text.matchAll(MACHINE)].map((match) =>
      violation(source, match.index, `${match[0]} exists on one machine only`),
    ),
  );
}

const RUST_FUNCTION = /^\s*(?:pub(?:\([\w: ]+\))? )?(?:const |async |unsafe |extern "C" )*fn (\w+)/;
const SCRIPT_FUNCTION = /^\s*(?:export )?(?:async )?(?:function\*? (\w+)|(?:const|let) (\w+) = .*=> [{(]$)/;
const SCRIPT_METHOD =
  /^\s+(?:(?:public|private|protected|static|override|async|get|set) )*#?(?!(?:if|for|while|switch|catch|return)\b)(\w+)\(.*\{$/;

/**
 * The name of the function that starts on a line, or null.
 * @param {string} line
 * @param {boolean} rust
 */
function functionAt(line, rust) {
  const match = rust ? RUST_FUNCTION.exec(line) : (SCRIPT_FUNCTION.exec(line) ?? SCRIPT_METHOD.exec(line));
  return match === null ? null : (match[1] ?? match[2] ?? '');
}

/**
 * The last line of a function, by the formatters' promise that its closing brace stands under its start.
 * @param {string[]} lines
 * @param {number} start
 */
function endOf(lines, start) {
  const indent = /^\s*/.exec(lines[start] ?? '')?.[0] ?? '';
  const isClosed = (/** @type {string} */ line) => /[;}]$/.test(line);
  if (isClosed(lines[start] ?? '')) {
    return start;
  }
  for (let index = start + 1; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const level = line.startsWith(indent) && /^\S/.test(line.slice(indent.length));
    const signature = /^[)\]]/.test(line.trimStart()) && /[{(]$/.test(line);
    if (level && !signature && !/^where\b|^\{$/.test(line.trimStart())) {
      return index;
    }
  }
  return lines.length - 1;
}

/**
 * Functions that are too long; a test file's describe blocks are none.
 * @param {Source[]} sources
 * @returns {string[]}
 */
export function longFunctions(sources) {
  const files = sources.filter(({ path }) => /\.(rs|tsx?|mjs)$/.test(path) && !GENERATED.test(path) && !isTest(path));
  return files.flatMap((source) => {
    const lines = source.text.split('\n');
    const rust = source.path.endsWith('.rs');
    return lines.flatMap((line, start) => {
      const name = functionAt(line, rust);
      const length = name === null ? 0 : endOf(lines, start) - start + 1;
      const sentence = `${source.path}:${start + 1}: ${name} has ${length} lines, ${FUNCTION_LINES} is the most`;
      return length > FUNCTION_LINES ? [sentence] : [];
    });
  });
}

/**
 * Download addresses in the npm lock file: they name one registry, and the packages are the same from any.
 * @param {Source[]} sources
 * @returns {string[]}
 */
export function lockedAddresses(sources) {
  const locks = sources.filter(({ path, text }) => path === 'package-lock.json' && text.includes('"resolved": "http'));
  return locks.map(({ path }) => `${path}: names a registry; write it with "omit-lockfile-registry-resolved" set`);
}
