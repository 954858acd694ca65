/** @file The command line program as released: benches run what users run. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { capture, ROOT, runOrStop, Stop } from '../../../crate/wasm/command.mjs';

/** @type {string | null} */
let program = null;

function built() {
  if (program === null) {
    runOrStop('cargo', ['build', '--quiet', '--release', '--package', 'sepal'], 'sepal could not be built.');
    const metadata = capture('cargo', ['metadata', '--format-version', '1', '--no-deps']) ?? '{}';
    program = join(JSON.parse(metadata).target_directory, 'release', 'sepal');
  }
  return program;
}

/**
 * Runs sepal with --json and reads its answer.
 * @param {...string} args
 */
export function releaseProgram(...args) {
  const { status, stdout, stderr } = spawnSync(built(), [...args, '--json'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) {
    throw new Stop(`sepal ${args[0]} failed: ${stderr.trim()}`);
  }
  return JSON.parse(stdout);
}
