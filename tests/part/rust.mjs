/**
 * @file The parts of npm test that cargo runs: formatting, lints, documentation, and the tests on this machine
 * and in wasm.
 */
import { stream } from '../../crate/wasm/command.mjs';
import { ensureTarget, ensureToolchain } from '../../crate/wasm/toolchain.mjs';
import { cargoCounts, one, sum } from './counts.mjs';

const WASM = ['--target', 'wasm32-unknown-unknown', '--package', 'sepal-wasm'];

/**
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
async function check(args, env) {
  return one((await stream('cargo', args, { env })).ok);
}

export function format() {
  return check(['fmt', '--all', '--check']);
}

export function clippy() {
  return check(['clippy', '--workspace', '--all-targets', '--', '-D', 'warnings']);
}

export function clippyWasm() {
  return check(['clippy', ...WASM, '--', '-D', 'warnings'], ensureToolchain());
}

/** The device runtime on cores without an operating system: it must need nothing but the core library. */
export async function clippyDevice() {
  const results = [];
  for (const target of ['thumbv6m-none-eabi', 'thumbv7m-none-eabi']) {
    ensureTarget(target);
    results.push(await check(['clippy', '--package', 'sepal-runtime', '--target', target, '--', '-D', 'warnings']));
  }
  return sum(results);
}

export function documentation() {
  const env = { ...process.env, RUSTDOCFLAGS: '-D warnings' };
  return check(['doc', '--workspace', '--no-deps'], env);
}

export async function cargoTests() {
  const { ok, output } = await stream('cargo', ['test', '--workspace', '--no-fail-fast']);
  return cargoCounts(output, ok);
}

/** The tests of the wasm crate, compiled to wasm and run by Node.js. */
export async function wasmTests() {
  const env = ensureToolchain();
  env.CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER = 'wasm-bindgen-test-runner';
  const { ok, output } = await stream('cargo', ['test', ...WASM, '--lib', '--tests', '--no-fail-fast'], { env });
  return cargoCounts(output, ok);
}
