/**
 * @file Circles of Rust modules: of two files in a folder that need each other, neither can be read or moved alone. What
 * lies deeper counts for the file or folder beside which it lies; a folder's mod.rs names its children, and is no node.
 */
import { code } from './modules.mjs';
import { isTest } from './sources.mjs';

/** @typedef {import('./sources.mjs').Source} Source */

const ROOT = /^mod$|^lib$|^main$/;

/**
 * A file's folder of sources, and its module path from there: crate/a/src/b/c.rs is b, c.
 * @param {string} path
 */
function moduleOf(path) {
  const match = /^(crate\/[\w-]+\/src\/)(.*)\.rs$/.exec(path);
  const parts = match?.[2]?.split('/').filter((part) => !ROOT.test(part)) ?? [];
  return match === null ? null : { top: match[1] ?? '', parts };
}

/**
 * The paths of a use tree: `a::{b, c::D}` gives a::b and a::c::D.
 * @param {string} text code that begins with the tree
 * @returns {string[][]}
 */
export function tree(text) {
  const head = /^(?:\w+::)*(?:\w+|(?=\{))/.exec(text)?.[0] ?? '';
  const prefix = head.split('::').filter(Boolean);
  if (text[head.length] !== '{') {
    return prefix.length > 0 ? [prefix] : [];
  }
  return branches(text.slice(head.length + 1)).flatMap((branch) => tree(branch).map((path) => [...prefix, ...path]));
}

/**
 * What stands between the commas of a brace that is open at the start of `text`.
 * @param {string} text
 */
function branches(text) {
  const found = [''];
  let depth = 0;
  for (const token of text) {
    depth += token === '{' ? 1 : token === '}' ? -1 : 0;
    if (depth < 0) {
      break;
    }
    if (token === ',' && depth === 0) {
      found.push('');
    } else {
      found[found.length - 1] += token;
    }
  }
  return found.map((branch) => branch.trim()).filter(Boolean);
}

/**
 * The module paths that a file names, from its crate's root.
 * @param {string} text
 * @param {string[]} own
 * @param {boolean} isFolder whether the file is its folder's mod.rs
 * @returns {string[][]}
 */
function named(text, own, isFolder) {
  return [...code(text).matchAll(/(?<![\w:])(crate|self|(?:super::)*super)::/g)].flatMap((match) => {
    const start = match[1] ?? '';
    const climbs = start === 'crate' ? own.length : start === 'self' ? 0 : start.split('::').length;
    const from = own.slice(0, own.length - climbs);
    if (start === 'self' && !isFolder) {
      return [];
    }
    return tree(code(text).slice(match.index + match[0].length)).map((path) => [...from, ...path]);
  });
}

/**
 * For each folder, which of its children names which.
 * @param {Source[]} sources
 * @returns {Map<string, Map<string, Set<string>>>}
 */
function foldersOf(sources) {
  /** @type {Map<string, Map<string, Set<string>>>} */
  const folders = new Map();
  for (const { path, text } of sources) {
    const found = moduleOf(path);
    if (found === null || isTest(path)) {
      continue;
    }
    const { top, parts } = found;
    for (const target of named(text, parts, /\/(mod|lib|main)\.rs$/.test(path))) {
      const shared = parts.findIndex((part, index) => part !== target[index]);
      const [from, to] = [parts[shared], target[shared]];
      if (shared < 0 || from === undefined || to === undefined) {
        continue;
      }
      const folder = `${top}${parts.slice(0, shared).join('/')}`;
      const names = folders.get(folder) ?? new Map();
      folders.set(folder, names.set(from, (names.get(from) ?? new Set()).add(to)));
    }
  }
  return folders;
}

/**
 * A way from `from` back to itself, or null.
 * @param {Map<string, Set<string>>} names
 * @param {string} from
 * @returns {string[] | null}
 */
function circle(names, from) {
  const ways = [[from]];
  const seen = new Set();
  for (const way of ways) {
    const last = way[way.length - 1] ?? '';
    for (const next of names.get(last) ?? []) {
      if (next === from) {
        return [...way, from];
      }
      if (!seen.has(next)) {
        seen.add(next);
        ways.push([...way, next]);
      }
    }
  }
  return null;
}

/**
 * Circles that are still there, in folders that wait for their turn: a folder with two of its children.
 * @type {readonly string[]}
 */
const LEFT = ['crate/runtime/src/: kernel, weights'];

/**
 * The shortest circle through each module of a folder, each once.
 * @param {Source[]} sources
 * @returns {string[]}
 */
export function circleViolations(sources) {
  return [...foldersOf(sources)].flatMap(([folder, names]) => {
    const found = [...names.keys()].map((from) => circle(names, from)).filter((way) => way !== null);
    const once = new Map(found.map((way) => [`${folder}: ${[...new Set(way)].sort().join(', ')}`, way]));
    const wrong = [...once].filter(([name]) => !LEFT.includes(name));
    return wrong.map(([, way]) => `${folder}: ${way.join(' -> ')}`);
  });
}
