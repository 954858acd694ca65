/**
 * @file npm run bench:quality: how small every default model becomes by every method, alone and combined, and
 * what that costs in accuracy on the full test set, beside peers measured in the same run. Writes
 * tests/output/quality.json and quality.txt. Fails only where a row could not be measured.
 *
 *     node tests/bench/quality.mjs [--json] [--quick] [--model NAME,...] [--method NAME,...] [--program SEPAL]
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, Stop, say, start } from '../../crate/wasm/command.mjs';
import { measureModel } from './quality/measure.mjs';
import { METHODS, PEERS, VALUES } from './quality/methods.mjs';
import { MODELS } from './quality/models.mjs';
import { build, cifarPackage, OUTPUT, preparePackages, python } from './quality/program.mjs';
import { textOf } from './quality/table.mjs';

/** @typedef {import('./quality/models.mjs').Model} Model */
/** @typedef {import('./quality/measure.mjs').Samples} Samples */

const METHOD_NAMES = [
  ...METHODS.map(({ id }) => id),
  ...VALUES.map((format) => `quantise-${format}`),
  ...Object.keys(PEERS),
];

const progress = (/** @type {string} */ line) => void process.stderr.write(`${line}\n`);

/**
 * The names that an option lists, all where it is not given.
 * @param {string[]} args
 * @param {string} option
 * @param {string[]} known
 */
function listed(args, option, known) {
  const at = args.indexOf(option);
  if (at < 0) {
    return known;
  }
  const names = (args[at + 1] ?? '').split(',');
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new Stop(`${option} does not know "${unknown.join(', ')}"; there are ${known.join(', ')}.`);
  }
  return names;
}

/**
 * The wanted models whose files are there; those outside the repository may be missing.
 * @param {string[]} args
 * @returns {Model[]}
 */
function presentModels(args) {
  const names = listed(
    args,
    '--model',
    MODELS.map(({ id }) => id),
  );
  const wanted = MODELS.filter(({ id }) => names.includes(id));
  const absent = wanted.filter(({ file }) => !existsSync(join(ROOT, file)));
  for (const { title, file } of absent) {
    progress(`${title} is left out: there is no ${file}`);
  }
  return wanted.filter((model) => !absent.includes(model));
}

/**
 * Makes the sample files of the models' sets.
 * @param {Model[]} models
 * @returns {Promise<Record<string, Samples>>}
 */
function prepareSamples(models) {
  const sets = [...new Set(models.map(({ set }) => set))];
  const cifar = sets.includes('cifar') ? cifarPackage() : null;
  const images = cifar === null ? [] : ['--cifar', cifar];
  return python('quality_data.py', ['--out', OUTPUT, '--sets', sets.join(), ...images]);
}

/** @param {string[]} args */
async function main(args) {
  preparePackages();
  const models = presentModels(args);
  if (models.length === 0) {
    throw new Stop('There is no model to measure.');
  }
  const methods = listed(args, '--method', METHOD_NAMES);
  const given = args.indexOf('--program');
  const program = given < 0 ? build() : (args[given + 1] ?? '');
  mkdirSync(OUTPUT, { recursive: true });
  const samples = await prepareSamples(models);
  const results = [];
  for (const model of models) {
    const found = samples[model.set];
    if (found !== undefined) {
      const chosen = (/** @type {string} */ method) => methods.includes(method);
      results.push(
        await measureModel({ model, program, samples: found, quick: args.includes('--quick'), chosen, progress }),
      );
      save(results);
    }
  }
  report(results, args.includes('--json'));
}

/**
 * Writes what there is so far: a whole run takes long.
 * @param {import('./quality/measure.mjs').Result[]} results
 */
function save(results) {
  const rows = results.flatMap((result) => result.rows);
  const missing = results.flatMap((result) => result.missing);
  const json = JSON.stringify(rows, null, 2);
  const text = textOf(rows, missing);
  writeFileSync(`${OUTPUT}.json`, `${json}\n`);
  writeFileSync(`${OUTPUT}.txt`, `${text}\n`);
  return { json, text, broken: missing.filter((row) => row.broken) };
}

/**
 * Prints the result, and stops where a row is missing for no good reason.
 * @param {import('./quality/measure.mjs').Result[]} results
 * @param {boolean} asJson
 */
function report(results, asJson) {
  const { json, text, broken } = save(results);
  say(asJson ? json : text);
  const [first] = broken;
  if (first !== undefined) {
    throw new Stop(`${broken.length} rows could not be measured; the first, ${first.title}: ${first.reason}`);
  }
}

await start(import.meta, () => main(process.argv.slice(2)));
