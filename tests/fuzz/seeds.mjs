/**
 * @file Lays out what a fuzzer starts from, a folder for each target: the fixtures of its kind, the plans and
 * artifacts of the device tests, and what the fuzzers have kept.
 *
 *     node tests/fuzz/seeds.mjs [FOLDER]      target/fuzz/seed where none is given
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ROOT, runOrStop, say, start } from '../../crate/wasm/command.mjs';
import { examplePath } from '../host.mjs';

const TESTS = join(ROOT, 'tests');

/** The targets, as the fuzz crate names them. */
export function targets() {
  const manifest = readFileSync(join(TESTS, 'fuzz/Cargo.toml'), 'utf8');
  return [...manifest.matchAll(/^path = "program\/(\w+)\.rs"/gm)].map((match) => match[1] ?? '');
}

/**
 * The files of a folder, none where there is no folder.
 * @param {string} folder
 */
function files(folder) {
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}

/** Artifacts of every operation and format. */
function artifacts() {
  const folder = join(ROOT, 'target/fuzz/artifact');
  runOrStop(examplePath('device_cases'), [folder], 'The artifacts could not be made; the reason is above.');
  return readdirSync(folder).map((name) => ({ name, path: join(folder, name, 'model.sepal') }));
}

/**
 * What a target starts from.
 * @param {string} target
 */
function seeds(target) {
  if (target === 'artifact') {
    return artifacts();
  }
  const folder =
    target === 'plan'
      ? [join(TESTS, 'device/plan')]
      : ['model', 'data', 'tflite'].map((g) => join(TESTS, 'fixture', g));
  const all = folder.flatMap(files).filter((path) => target === 'plan' || basename(path).includes(`.${target}`));
  return all.map((path) => ({ name: basename(path), path }));
}

await start(import.meta, () => {
  const folder = process.argv[2] ?? join(ROOT, 'target/fuzz/seed');
  for (const target of targets()) {
    const place = join(folder, target);
    mkdirSync(place, { recursive: true });
    const kept = files(join(TESTS, 'fuzz/corpus', target)).map((path) => ({ name: basename(path), path }));
    for (const { name, path } of [...seeds(target), ...kept]) {
      cpSync(path, join(place, name));
    }
    say(`${target}: ${readdirSync(place).length} seeds`);
  }
});
