/**
 * @file The node cases of the package onnx, through import, our graph, its encoding and rten: what became of each
 * is what node_cases.txt says, no case panics, and what rten computes wrong is known.
 *
 *     BLESS=1 node --test tests/conformance/node_cases.test.mjs      writes the list anew
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../../crate/wasm/command.mjs';
import { examplePath } from '../host.mjs';
import { folder } from './sepal.mjs';
import { venv } from './venv.mjs';

const here = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));
const LIST = here('node_cases.txt');

/** Cases that onnx 1.23.2 makes, and those that we add with constant weights. */
const CASES = 1884 + 47;

/**
 * Why rten's outputs are not onnx's, for each case where that is so; all were run from onnx's own bytes too.
 * @type {[RegExp, string][]}
 */
const CAUSES = [
  [/^resize_downsample_scales_linear_align_corners$/, 'a size is rounded first; onnxruntime does the same'],
];

/** @type {Record<string, string>} */
let outcomes = {};
/** @type {Record<string, string | null>} */
let rewritten = {};

before(async () => {
  const python = await venv(here('requirements.txt'));
  const cases = folder('node_cases');
  execFileSync(python, [here('node_cases.py'), 'write', cases], { maxBuffer: 2 ** 26 });
  const { status, signal, stderr } = spawnSync(examplePath('node_cases'), [cases], { cwd: ROOT, encoding: 'utf8' });
  const last = () => readFileSync(join(cases, 'running'), 'utf8');
  assert.equal(status, 0, `${stderr}\nThe runner ended (${signal ?? status}); the last case was ${last()}.`);
  outcomes = JSON.parse(readFileSync(join(cases, 'outcomes.json'), 'utf8'));
  rewritten = JSON.parse(execFileSync(python, [here('node_cases.py'), 'check', cases], { encoding: 'utf8' }));
});

/** The outcomes as the list has them. */
function lines() {
  const all = Object.entries(outcomes).map(([name, outcome]) => `${name}: ${outcome}`);
  return all.sort((a, b) => (a < b ? -1 : 1));
}

describe('node cases of onnx', () => {
  test('are all there, and more than half give the right outputs', () => {
    const passed = Object.values(outcomes).filter((outcome) => outcome.startsWith('pass'));
    assert.equal(Object.keys(outcomes).length, CASES);
    assert.ok(passed.length > CASES / 2, `${passed.length} pass`);
  });

  test('none panics, none is spoiled by us', () => {
    const bad = lines().filter((line) => /: PANIC|: OURS| WRONG | FAILS: /.test(line));
    assert.deepEqual(bad, []);
  });

  test('what rten computes wrong has a known cause', () => {
    const wrong = Object.keys(outcomes).filter((name) => outcomes[name]?.startsWith('wrong value'));
    assert.deepEqual(
      wrong.filter((name) => !CAUSES.some(([pattern]) => pattern.test(name))),
      [],
    );
  });

  test('models that import has changed are right in the reference evaluator', () => {
    const wrong = Object.entries(rewritten).filter(([, reason]) => reason !== null);
    assert.deepEqual(wrong, []);
  });

  test('what became of each is what the list says', () => {
    const found = lines();
    if (process.env.BLESS) {
      writeFileSync(LIST, `${found.join('\n')}\n`);
    }
    const listed = readFileSync(LIST, 'utf8').trim().split('\n');
    const [were, are] = [new Set(listed), new Set(found)];
    const differences = [
      ...listed.filter((line) => !are.has(line)).map((line) => `was ${line}`),
      ...found.filter((line) => !were.has(line)).map((line) => `now ${line}`),
    ];
    assert.deepEqual(differences, [], 'BLESS=1 writes the list anew');
    assert.deepEqual(listed, found, 'the list is not in order');
  });
});
