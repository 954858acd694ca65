/**
 * @file npm test: runs every part, goes on after one that fails, and closes with one line, "N passed, N failed".
 *
 *     node tests/run.mjs                     everything
 *     node tests/run.mjs --quick             without the browser and conformance tests
 *     node tests/run.mjs --host              without the emulated boards, where no emulator can be installed
 *     node tests/run.mjs --only cargo,types  only the named parts
 *     node tests/run.mjs --list              the names of the parts
 */
import { Stop, say, start } from '../crate/wasm/command.mjs';
import { ensurePackages } from '../www/packages.mjs';
import { sum } from './part/counts.mjs';
import { dependencies } from './part/dependencies.mjs';
import { device } from './part/device.mjs';
import * as node from './part/node.mjs';
import * as page from './part/page.mjs';
import { random } from './part/random.mjs';
import * as rust from './part/rust.mjs';
import { snapshot, unchanged } from './part/tree.mjs';

/** @typedef {import("./part/counts.mjs").Counts} Counts */
/** @typedef {{ name: string, title: string, slow?: boolean, emulated?: boolean, run: () => Counts | Promise<Counts> }} Part */
/** @typedef {Counts & { name: string, seconds: number }} Outcome */

const before = snapshot();

/**
 * Cheap parts first; the build before the types, which need the declarations of the wasm package.
 * @type {Part[]}
 */
const PARTS = [
  { name: 'layering', title: 'who imports whom, names, sizes', run: node.layering },
  { name: 'dependencies', title: 'licences, sources, advisories', run: dependencies },
  { name: 'format', title: 'cargo fmt', run: rust.format },
  { name: 'clippy', title: 'clippy', run: rust.clippy },
  { name: 'clippy-wasm', title: 'clippy for wasm32', run: rust.clippyWasm },
  { name: 'clippy-device', title: 'clippy for Cortex-M', run: rust.clippyDevice },
  { name: 'doc', title: 'cargo doc', run: rust.documentation },
  { name: 'cargo', title: 'cargo test', run: rust.cargoTests },
  { name: 'wasm', title: 'wasm tests under Node.js', run: rust.wasmTests },
  { name: 'build', title: 'npm run build', run: page.build },
  { name: 'types', title: 'tsc', run: page.types },
  { name: 'biome', title: 'biome', run: page.biome },
  { name: 'vitest', title: 'vitest', run: page.unitTests },
  { name: 'conformance', title: 'onnxruntime and the command line', slow: true, run: node.conformance },
  { name: 'random', title: 'graphs drawn at random', slow: true, run: random },
  { name: 'device', title: 'C on this machine and on emulated boards', slow: true, emulated: true, run: device },
  { name: 'e2e', title: 'the page in Chromium', slow: true, run: page.browserTests },
  { name: 'tree', title: 'work tree as before', run: () => unchanged(before) },
];

/**
 * The parts that the arguments ask for.
 * @param {string[]} args
 * @returns {Part[]}
 */
function chosen(args) {
  const only = args.indexOf('--only');
  if (only < 0) {
    const left = PARTS.filter((part) => part.slow !== true || !args.includes('--quick'));
    return left.filter((part) => part.emulated !== true || !args.includes('--host'));
  }
  const names = (args[only + 1] ?? '').split(',');
  const unknown = names.filter((name) => !PARTS.some((part) => part.name === name));
  if (unknown.length > 0) {
    throw new Stop(`There is no part "${unknown.join(', ')}"; there are ${PARTS.map((part) => part.name).join(', ')}.`);
  }
  return PARTS.filter((part) => names.includes(part.name));
}

/**
 * Runs one part; whatever goes wrong in it is one failure, not the end.
 * @param {Part} part
 * @returns {Promise<Outcome>}
 */
async function runPart(part) {
  say(`\n=== ${part.name}: ${part.title}`);
  const started = Date.now();
  const counts = await Promise.resolve()
    .then(part.run)
    .catch((error) => {
      say(error instanceof Stop ? error.message : String(error?.stack ?? error));
      return { passed: 0, failed: 1 };
    });
  const seconds = Math.round((Date.now() - started) / 1000);
  say(`=== ${part.name}: ${counts.failed === 0 ? 'good' : 'FAILED'} after ${seconds} s`);
  return { ...counts, name: part.name, seconds };
}

/** @param {Outcome[]} outcomes */
function summary(outcomes) {
  say('\npart          passed  failed  seconds');
  for (const { name, passed, failed, seconds } of outcomes) {
    const numbers = [passed, failed, seconds].map((number, index) => String(number).padStart(index === 2 ? 9 : 8));
    say(`${name.padEnd(12)}${numbers.join('')}`);
  }
}

/** @param {string[]} args */
async function main(args) {
  if (args.includes('--list')) {
    say(PARTS.map((part) => `${part.name.padEnd(12)} ${part.title}`).join('\n'));
    return;
  }
  const parts = chosen(args);
  const outcomes = [await runPart({ name: 'packages', title: 'npm packages', run: preparePackages })];
  for (const part of parts) {
    outcomes.push(await runPart(part));
  }
  summary(outcomes);
  const { passed, failed } = sum(outcomes);
  say(`\n${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

/** The packages are no test: they count only when they cannot be had. */
function preparePackages() {
  ensurePackages();
  return { passed: 0, failed: 0 };
}

await start(import.meta, () => main(process.argv.slice(2)));
