/**
 * @file Which Rust module may name which: the module tree of sepal-core, what its shells may see of it, and what
 * a library without input and output must not use. Tests are free.
 */
import { isTest, violation } from './sources.mjs';

/** @typedef {import('./sources.mjs').Source} Source */

const CORE = 'crate/core/src/';
const ALL = [
  'collect',
  'graph',
  'import',
  'dataset',
  'device',
  'profile',
  'compress',
  'export',
  'cost',
  'evaluate',
  'search',
  'whole',
];

/**
 * What each module of core may import, besides itself. Nothing imports session.
 * @type {Record<string, string[]>}
 */
const CORE_RULES = {
  collect: [],
  whole: [],
  graph: ['collect'],
  import: ['collect', 'graph', 'whole'],
  dataset: ['graph', 'whole'],
  device: ['collect'],
  compress: ['graph'],
  profile: ['collect', 'graph', 'compress', 'evaluate'],
  schedule: [],
  export: ['graph', 'compress', 'schedule', 'device'],
  cost: ['graph', 'compress', 'export'],
  evaluate: ['collect', 'graph', 'dataset', 'export', 'whole'],
  search: ['compress', 'cost'],
  session: ALL,
};

const OUTSIDE =
  /\b(?:std::(?:fs|env|time|thread|process|net|io::std\w+)|e?print(?:ln)?!|dbg!|SystemTime|Instant::now)/g;
const BROWSER = /\b(?:JsValue|wasm_bindgen|js_sys|web_sys)\b/g;

/**
 * The code of a Rust file with comments and test modules blanked out; positions stay.
 * @param {string} text
 */
export function code(text) {
  const bare = text.replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g, blank);
  const tests = bare.search(/^#\[cfg\(test\)\]\s*mod \w+ \{/m);
  return tests < 0 ? bare : bare.slice(0, tests);
}

/** @param {string} text */
function blank(text) {
  return text.replace(/[^\n]/g, ' ');
}

/**
 * The first names after a path prefix: `crate::a::B` gives a, `crate::{a::B, c}` gives a and c.
 * @param {string} text code after the prefix
 * @returns {string[]}
 */
export function heads(text) {
  if (!text.startsWith('{')) {
    return [/^\w+/.exec(text)?.[0] ?? ''].filter(Boolean);
  }
  const names = [];
  let depth = 0;
  for (const { 0: token } of text.matchAll(/[{},]|[\w:]+/g)) {
    depth += token === '{' ? 1 : token === '}' ? -1 : 0;
    if (depth === 0) {
      break;
    }
    if (depth === 1 && /^\w/.test(token)) {
      names.push(token.split('::')[0] ?? '');
    }
  }
  return names;
}

/**
 * The module path of a file of core: graph/edit.rs is graph, edit; graph/mod.rs is graph.
 * @param {string} path
 */
function modulePath(path) {
  const parts = path.slice(CORE.length).replace(/\.rs$/, '').split('/');
  return parts.filter((part) => part !== 'mod' && part !== 'lib');
}

/**
 * The modules of core that a file names, with the places.
 * @param {Source} source
 * @returns {{ name: string, index: number }[]}
 */
function namedModules(source) {
  const text = code(source.text);
  const path = modulePath(source.path);
  const found = [];
  for (const match of text.matchAll(/(?<![\w:])(crate|(?:super::)*super)::/g)) {
    const climbs = match[1] === 'crate' ? path.length : (match[1] ?? '').split('::').length;
    if (climbs >= path.length) {
      const names = heads(text.slice(match.index + match[0].length));
      found.push(...names.map((name) => ({ name, index: match.index })));
    }
  }
  return found;
}

/**
 * Imports between the modules of core that the table does not allow.
 * @param {Source[]} sources
 * @returns {string[]}
 */
export function coreViolations(sources) {
  const files = sources.filter(({ path }) => path.startsWith(CORE) && path.endsWith('.rs') && !isTest(path));
  return files.flatMap((source) => {
    const [own] = modulePath(source.path);
    if (own === undefined) {
      return [];
    }
    const allowed = CORE_RULES[own];
    if (allowed === undefined) {
      return [`${source.path}: module ${own} is not in the table of tests/layering/modules.mjs`];
    }
    const wrong = namedModules(source).filter(({ name }) => name !== own && !allowed.includes(name));
    return wrong.map(({ name, index }) => violation(source, index, `${own} must not import ${name}`));
  });
}

/**
 * Files, clocks, environment and printing in core.
 * @param {Source[]} sources
 * @returns {string[]}
 */
export function outsideViolations(sources) {
  const files = sources.filter(
    ({ path }) => /^crate\/(core|data|limit|linalg|onnx|tflite)\/src\/.*\.rs$/.test(path) && !isTest(path),
  );
  return files.flatMap((source) => {
    const found = [...code(source.text).matchAll(OUTSIDE)];
    const groups = [...code(source.text).matchAll(/\bstd::\{/g)].filter((match) =>
      heads(source.text.slice(match.index + 5)).some((name) => /^(fs|env|time|thread|process|net)$/.test(name)),
    );
    return [...found, ...groups].map((match) => violation(source, match.index, `a library must not use ${match[0]}`));
  });
}

/**
 * Words of the browser outside crate/wasm.
 * @param {Source[]} sources
 * @returns {string[]}
 */
export function browserViolations(sources) {
  const files = sources.filter(({ path }) => path.endsWith('.rs') && !path.startsWith('crate/wasm/'));
  return files.flatMap((source) =>
    [...code(source.text).matchAll(BROWSER)].map((match) =>
      violation(source, match.index, `only crate/wasm may name ${match[0]}`),
    ),
  );
}

/**
 * What the shells name of core besides its session.
 * @param {Source[]} sources
 * @returns {string[]}
 */
export function shellViolations(sources) {
  const files = sources.filter(({ path }) => /^crate\/(wasm|cli)\/src\/.*\.rs$/.test(path) && !isTest(path));
  return files.flatMap((source) => {
    const text = code(source.text);
    return [...text.matchAll(/\bsepal_core::/g)].flatMap((match) => {
      const names = heads(text.slice(match.index + match[0].length)).filter((name) => name !== 'session');
      return names.map((name) => violation(source, match.index, `a shell sees core::session only, not ${name}`));
    });
  });
}
