/**
 * @file The part of npm test that runs the C runtime: on this machine with sanitizers, and on emulated Cortex-M
 * boards, against what the Rust runtime gives for the same artifacts.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildWasm } from '../../crate/wasm/build.mjs';
import { ROOT, runOrStop } from '../../crate/wasm/command.mjs';
import { sepalJson } from '../conformance/sepal.mjs';
import { MODELS, modelCase, VARIANTS } from '../device/models.mjs';
import { ensureDeviceTools } from '../device/tools.mjs';
import { examplePath } from '../host.mjs';
import { runFiles, testFiles } from './node.mjs';

/** Where device.test.mjs looks for the cases. */
const CASES = join(ROOT, 'tests/output/device/cases');

/** Has the Rust side write the cases anew. */
function makeCases() {
  rmSync(CASES, { recursive: true, force: true });
  const sentence = 'The cases for the device tests could not be made; the reason is above.';
  runOrStop(examplePath('device_cases'), [CASES], sentence);
}

/** Adds the default models, as they are and compressed, in 8 bits and one in float32. */
function makeModelCases() {
  for (const model of MODELS) {
    for (const variant of VARIANTS) {
      modelCase(sepalJson, model, variant, { cases: CASES, precision: 'int8' });
    }
  }
  for (const model of MODELS.slice(-1)) {
    modelCase(sepalJson, model, 'compressed', { cases: CASES, precision: 'float' });
  }
}

export async function device() {
  ensureDeviceTools();
  await buildWasm();
  makeCases();
  makeModelCases();
  return runFiles(testFiles('tests/device'));
}
