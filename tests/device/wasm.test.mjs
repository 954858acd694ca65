/**
 * @file The Rust runtime in wasm, as the page has it, against the Rust runtime on this machine: the same bytes for
 * every case of the folder.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ROOT } from '../../crate/wasm/command.mjs';
import { initSync, runArtifact } from '../../www/src/wasm/pkg/sepal_wasm.js';
import { readCases } from './cases.mjs';

const WASM = join(ROOT, 'www/src/wasm/pkg/sepal_wasm_bg.wasm');
const cases = readCases(join(ROOT, 'tests/output/device/cases'));

initSync({ module: readFileSync(WASM) });

describe('the runtime in wasm gives the same bytes', () => {
  for (const one of cases) {
    test(one.name, () => {
      for (let sample = 0; sample < one.samples; sample += 1) {
        const input = one.input.subarray(sample * one.inputBytes, (sample + 1) * one.inputBytes);
        const expected = one.expected.subarray(sample * one.outputBytes, (sample + 1) * one.outputBytes);
        assert.ok(expected.equals(runArtifact(one.artifact, input)), `sample ${sample}`);
      }
    });
  }
});
