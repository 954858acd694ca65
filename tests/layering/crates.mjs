/**
 * @file Which of our crates may depend on which, and on which foreign ones not: ARCHITECTURE.md, section 2.
 */

/** @typedef {{ name: string, dependencies: { name: string, kind: string | null }[] }} Crate */

const BROWSER = ['wasm-bindgen', 'js-sys', 'web-sys', 'serde-wasm-bindgen', 'console_error_panic_hook'];

/**
 * `ours`: our crates that a crate may use. `not`: foreign ones that it must not. `alone`: no dependency at all.
 * @type {Record<string, { ours: string[], not: string[], alone?: boolean }>}
 */
const RULES = {
  'sepal-runtime': { ours: [], not: [], alone: true },
  'sepal-limit': { ours: [], not: BROWSER },
  'sepal-data': { ours: ['sepal-limit'], not: BROWSER },
  'sepal-linalg': { ours: [], not: BROWSER },
  'sepal-onnx': { ours: ['sepal-limit'], not: BROWSER },
  'sepal-tflite': { ours: ['sepal-limit'], not: BROWSER },
  'sepal-core': {
    ours: ['sepal-data', 'sepal-limit', 'sepal-linalg', 'sepal-onnx', 'sepal-runtime', 'sepal-tflite'],
    not: BROWSER,
  },
  'sepal-plot': { ours: [], not: BROWSER },
  'sepal-wasm': { ours: ['sepal-core', 'sepal-plot'], not: [] },
  sepal: { ours: ['sepal-core', 'sepal-plot'], not: BROWSER },
};

/** @param {string} name */
function isOurs(name) {
  return name === 'sepal' || name.startsWith('sepal-');
}

/**
 * Dependencies that the table does not allow; those for tests only are free.
 * @param {Crate[]} crates
 * @returns {string[]}
 */
export function crateViolations(crates) {
  return crates.flatMap((crate) => {
    const rule = RULES[crate.name];
    if (rule === undefined) {
      return [`${crate.name}: not in the table of tests/layering/crates.mjs`];
    }
    const used = crate.dependencies.filter(({ kind }) => kind !== 'dev').map(({ name }) => name);
    const wrong = used.filter(
      (name) => rule.alone === true || rule.not.includes(name) || (isOurs(name) && !rule.ours.includes(name)),
    );
    return wrong.map((name) => `${crate.name}: must not depend on ${name}`);
  });
}
