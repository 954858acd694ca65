/**
 * @file Lists the licences of everything that is shipped beside our own code: the crates in the page's wasm
 * module and in the command-line program, and the npm packages in the page. What only builds or tests is not
 * shipped and not listed.
 *
 *     node crate/licences.mjs            writes crate/LICENCES.md
 *     node crate/licences.mjs --check    only says whether it is up to date
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture, ROOT, Stop, say, start } from './wasm/command.mjs';

/** @typedef {{ name: string, version: string, licence: string }} Package */
/** @typedef {{ id: string, name: string, version: string, license: string | null, source: string | null, targets: { kind: string[] }[] }} Crate */
/** @typedef {{ id: string, deps: { pkg: string, dep_kinds: { kind: string | null }[] }[] }} Node */

const FILE = join(ROOT, 'crate/LICENCES.md');
const PAGE = join(ROOT, 'www/src');

/**
 * Packages that can be reached from the first ones.
 * @param {string[]} first
 * @param {(id: string) => string[]} next
 */
function reached(first, next) {
  const found = new Set(first);
  for (const id of found) {
    for (const other of next(id)) {
      found.add(other);
    }
  }
  return [...found];
}

/**
 * The crates that end up in what is built from `root`: no build scripts, no macros, no tests.
 * @param {string} root
 * @param {string[]} platform further arguments for cargo metadata
 * @returns {Package[]}
 */
function crates(root, platform) {
  const answer = capture('cargo', ['metadata', '--format-version', '1', '--locked', ...platform]);
  if (answer === null) {
    throw new Stop('cargo metadata fails: "cargo metadata --locked" says why.');
  }
  /** @type {{ packages: Crate[], resolve: { nodes: Node[] } }} */
  const { packages, resolve } = JSON.parse(answer);
  const byId = new Map(packages.map((crate) => [crate.id, crate]));
  const nodes = new Map(resolve.nodes.map((node) => [node.id, node]));
  const isMacro = (/** @type {string} */ id) =>
    byId.get(id)?.targets.some(({ kind }) => kind.includes('proc-macro')) === true;
  const next = (/** @type {string} */ id) => {
    const linked = nodes.get(id)?.deps.filter(({ dep_kinds }) => dep_kinds.some(({ kind }) => kind === null)) ?? [];
    return linked.map(({ pkg }) => pkg).filter((pkg) => !isMacro(pkg));
  };
  const own = packages.filter(({ name }) => name === root).map(({ id }) => id);
  const others = reached(own, next).flatMap((id) => byId.get(id) ?? []);
  const foreign = others.filter(({ source }) => source !== null);
  return foreign.map(({ name, version, license }) => ({ name, version, licence: license ?? 'not stated' }));
}

/** The npm packages that the page's code names, and those that they need. */
function packages() {
  const names = readdirSync(PAGE, { recursive: true, encoding: 'utf8' });
  const sources = names.filter((name) => /\.tsx?$/.test(name) && !/\.test\.|^wasm[\\/]pkg/.test(name));
  const text = sources.map((name) => readFileSync(join(PAGE, name), 'utf8')).join('\n');
  const named = [...text.matchAll(/(?:from|import) '((?:@[\w-]+\/)?[\w-]+)(?:\/[\w/-]+)?'/g)].map(
    (match) => match[1] ?? '',
  );
  const manifest = (/** @type {string} */ name) => {
    const path = join(ROOT, 'node_modules', name, 'package.json');
    return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
  };
  const all = reached([...new Set(named)], (name) => Object.keys(manifest(name).dependencies ?? {}));
  const found = all.map((name) => ({ name, ...manifest(name) })).filter(({ version }) => version !== undefined);
  return found.map(({ name, version, license }) => ({ name, version, licence: license ?? 'not stated' }));
}

/** @param {Package[]} list */
function table(list) {
  const key = (/** @type {Package} */ { name, version }) => `${name} ${version}`;
  const sorted = list.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
  const rows = sorted.map(({ name, version, licence }) => `| ${name} | ${version} | ${licence} |`);
  return ['| package | version | licence |', '|---|---|---|', ...rows].join('\n');
}

function text() {
  const page = crates('sepal-wasm', ['--filter-platform', 'wasm32-unknown-unknown']);
  return `# Licences of what is shipped

Written by \`node crate/licences.mjs\`. Sepal's own code is MIT OR Apache-2.0, and so is the runtime that goes onto devices: it has no dependencies.

## Crates in the page

${table(page)}

## npm packages in the page

${table(packages())}

## Crates in the command-line program

On some platforms fewer.

${table(crates('sepal', []))}
`;
}

/** Whether the committed list is what would be written now. */
export function isUpToDate() {
  return existsSync(FILE) && readFileSync(FILE, 'utf8') === text();
}

await start(import.meta, () => {
  if (!process.argv.includes('--check')) {
    writeFileSync(FILE, text());
    say('crate/LICENCES.md is written.');
  } else if (!isUpToDate()) {
    throw new Stop('crate/LICENCES.md is out of date: run "node crate/licences.mjs".');
  }
});
