/**
 * @file The wasm module is built anew when any crate changes that it is made of.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { cratesOf } from '../crate/wasm/build.mjs';
import { ROOT } from '../crate/wasm/command.mjs';

/**
 * @param {string} name
 * @param {string[]} needs by path
 */
const crate = (name, needs) => ({
  name,
  manifest_path: join(ROOT, `crate/${name}/Cargo.toml`),
  dependencies: [...needs.map((need) => ({ name: need, path: `crate/${need}` })), { name: 'serde' }],
});

test('crates that others need are found, each once, and no others', () => {
  const all = [crate('wasm', ['core', 'plot']), crate('core', ['runtime']), crate('plot', []), crate('runtime', [])];
  assert.deepEqual(cratesOf('wasm', [...all, crate('cli', ['core'])]), [
    'crate/core',
    'crate/plot',
    'crate/runtime',
    'crate/wasm',
  ]);
});
