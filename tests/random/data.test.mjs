/**
 * @file Random files of every kind that the README names are read as numpy, Pillow and scipy read them. `SEED=2 COUNT=100
 * node --test tests/random/data.test.mjs` draws others, and more of them.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { folder } from '../conformance/sepal.mjs';
import { venv } from '../conformance/venv.mjs';
import { programPath } from '../host.mjs';

const here = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));
const { SEED = '1', COUNT = '8' } = process.env;

test('files of every kind are read as others read them', async () => {
  const python = await venv(here('data-requirements.txt'));
  const args = [here('data.py'), programPath(), folder('random_data'), SEED, COUNT];
  const { status, stdout, stderr } = spawnSync(python, args, { encoding: 'utf8' });
  assert.equal(status, 0, `${stdout}${stderr}`);
});
