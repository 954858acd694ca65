/**
 * @file The Rust programs that tests run on this machine. All are built by one command, for the features that cargo
 * turns on depend on what is asked for together: so what `cargo test` has built is used again.
 */
import { join } from 'node:path';
import { capture, runOrStop, Stop } from '../crate/wasm/command.mjs';

/** @type {string | null} */
let built = null;

/** Builds at the first call. */
function folder() {
  if (built === null) {
    const build = ['build', '--quiet', '--workspace', '--all-targets'];
    runOrStop('cargo', build, 'The programs that the tests run could not be built; the reason is above.');
    const metadata = capture('cargo', ['metadata', '--format-version', '1', '--no-deps']);
    if (metadata === null) {
      throw new Stop('cargo metadata does not say where it builds; run it to see why.');
    }
    built = join(JSON.parse(metadata).target_directory, 'debug');
  }
  return built;
}

/** The path of the command line program. */
export function programPath() {
  return join(folder(), 'sepal');
}

/**
 * The path of an example of sepal-core.
 * @param {string} name
 */
export function examplePath(name) {
  return join(folder(), 'examples', name);
}
