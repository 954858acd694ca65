/**
 * @file Which folder of www/src may import which.
 */
import { posix } from 'node:path';
import { isTest, violation } from './sources.mjs';

/** @typedef {import('./sources.mjs').Source} Source */

const TOP = 'www/src/';

/**
 * What each folder may import, besides itself; `packages` are npm packages. What lies right in www/src puts the
 * page together: it may import all but the workers and wasm.
 * @type {Record<string, { folders: string[], packages: RegExp | null }>}
 */
const RULES = {
  protocol: { folders: [], packages: null },
  lib: { folders: [], packages: null },
  worker: { folders: ['protocol', 'lib', 'wasm'], packages: null },
  client: { folders: ['protocol', 'lib'], packages: null },
  state: { folders: ['protocol', 'lib', 'client'], packages: /^@preact\/signals$/ },
  ui: { folders: ['protocol', 'lib'], packages: /^(preact(\/\w+)?|@preact\/signals)$/ },
  feature: { folders: ['state', 'client', 'ui', 'lib', 'protocol'], packages: /^(preact(\/\w+)?|@preact\/signals)$/ },
  '': {
    folders: ['feature', 'state', 'client', 'ui', 'lib', 'protocol', 'style'],
    packages: /^(preact(\/\w+)?|@preact\/signals)$/,
  },
};

/** The one place outside the workers that may name the wasm package: it compiles the module for all of them. */
const MODULE_FILE = 'www/src/client/engine.ts';

const IMPORT =
  /\b(?:import|export)\b[^;'"`]*?\bfrom\s*['"]([^'"]+)['"]|(?<!['"])\bimport\s*\(?\s*['"]([^'"]+)['"]|(new Worker\(\s*)?new URL\(\s*['"]([^'"]+)['"]/g;

/**
 * All that a file imports: the words as written, the place, and whether a worker is started from it.
 * @param {string} text
 * @returns {{ target: string, index: number, starts: boolean }[]}
 */
export function imports(text) {
  const bare = text.replace(/^\s*\/\/[^\n]*|\/\*[\s\S]*?\*\//gm, (comment) => comment.replace(/[^\n]/g, ' '));
  return [...bare.matchAll(IMPORT)].map((match) => ({
    target: (match[1] ?? match[2] ?? match[4] ?? '').replace(/\?\w+$/, ''),
    index: match.index,
    starts: match[3] !== undefined,
  }));
}

/**
 * The folder of www/src that a path lies in, and for a feature which one.
 * @param {string} path
 */
function placeOf(path) {
  const parts = path.slice(TOP.length).split('/');
  const folder = parts.length > 1 ? (parts[0] ?? '') : '';
  return { folder, feature: folder === 'feature' ? (parts[1] ?? '') : '' };
}

/**
 * Why a relative import is wrong, or null.
 * @param {string} from the importing file
 * @param {string} to the imported one
 * @param {boolean} starts whether it starts a worker
 */
function wrongFile(from, to, starts) {
  const own = placeOf(from);
  const other = placeOf(to);
  const name = own.folder === '' ? 'the page itself' : own.folder;
  if (!to.startsWith(TOP)) {
    return `${name} must not import from outside www/src`;
  }
  if (own.folder === 'feature' && other.folder === 'feature' && own.feature !== other.feature) {
    return `feature ${own.feature} must not import feature ${other.feature}`;
  }
  const started = starts && own.folder === 'client' && other.folder === 'worker';
  const compiled = other.folder === 'wasm' && from === MODULE_FILE;
  const allowed = own.folder === other.folder || RULES[own.folder]?.folders.includes(other.folder);
  return allowed || started || compiled ? null : `${name} must not import ${other.folder || 'the page itself'}`;
}

/**
 * Imports in the page that the table does not allow. Tests may use npm packages freely.
 * @param {Source[]} sources
 * @returns {string[]}
 */
export function pageViolations(sources) {
  const files = sources.filter(({ path }) => path.startsWith(TOP) && /\.tsx?$/.test(path));
  return files.flatMap((source) => {
    const { folder } = placeOf(source.path);
    const rule = RULES[folder];
    if (rule === undefined) {
      return [`${source.path}: folder ${folder} is not in the table of tests/layering/page.mjs`];
    }
    return imports(source.text).flatMap(({ target, index, starts }) => {
      const relative = target.startsWith('.');
      const to = posix.join(posix.dirname(source.path), target);
      const foreign = isTest(source.path) || rule.packages?.test(target) ? null : `${folder} must not import ${target}`;
      const wrong = relative ? wrongFile(source.path, to, starts) : foreign;
      return wrong === null ? [] : [violation(source, index, wrong)];
    });
  });
}
