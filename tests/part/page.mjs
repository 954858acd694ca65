/**
 * @file The parts of npm test that concern the page: types, lints, unit tests, the build, and the browser tests.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, Stop, stream } from '../../crate/wasm/command.mjs';
import { readNote } from '../../crate/wasm/inputs.mjs';
import { findChromium } from '../e2e/chromium.mjs';
import { one, playwrightCounts, vitestCounts } from './counts.mjs';

/** Reports go where nothing is committed. */
const OUTPUT = 'tests/output';

/**
 * Where a test program is to leave its report; the one of an earlier run is taken away.
 * @param {string} name
 */
function freshReport(name) {
  const report = `${OUTPUT}/${name}.json`;
  rmSync(join(ROOT, report), { force: true });
  return report;
}

/**
 * Runs a program of an npm package.
 * @param {string} name
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
function packageProgram(name, args, env) {
  return stream(join(ROOT, 'node_modules', '.bin', name), args, { env });
}

export async function build() {
  return one((await stream(process.execPath, ['www/build.mjs'])).ok);
}

/** The types of the page, and of the scripts and tests around it; they need the wasm package's declarations. */
export async function types() {
  await stream(process.execPath, ['crate/wasm/build.mjs']);
  return one((await packageProgram('tsc', ['--build', 'www', 'tests'])).ok);
}

export async function biome() {
  return one((await packageProgram('biome', ['ci', '--error-on-warnings', '--colors=off'])).ok);
}

export async function unitTests() {
  const report = freshReport('vitest');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${join(ROOT, report)}`];
  const { ok } = await packageProgram('vitest', ['run', '--root', 'www', ...reporters]);
  return vitestCounts(readNote(report), ok);
}

/** The page in the system's Chromium. The tests find it in SEPAL_CHROMIUM. */
export async function browserTests() {
  if ((await build()).failed > 0) {
    throw new Stop('There is no page to test: the build failed, the reason is above.');
  }
  const report = freshReport('playwright');
  const env = {
    ...process.env,
    SEPAL_CHROMIUM: findChromium(),
    PLAYWRIGHT_JSON_OUTPUT_NAME: join(ROOT, report),
  };
  const args = ['test', '--config', 'tests/e2e/playwright.config.ts', '--reporter=list,json'];
  const { ok } = await packageProgram('playwright', args, env);
  return playwrightCounts(readNote(report), ok);
}
