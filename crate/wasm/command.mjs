/**
 * @file How every script of this project runs another program: it says in one line what it does, and stops
 * with one plain sentence where it cannot go on. Knows nothing of what is built or tested. Node core only, so
 * that it works before any package is installed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The top folder of the project. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The longest answer of a command that is read: a diff of everything is the longest. */
const ANSWER_BYTES = 2 ** 28;

/** Seconds without a line of output after which a long step says that it is still there. */
const QUIET_SECONDS = 60;

/** A reason to stop that a person can act on: its message is the whole output, without a stack. */
export class Stop extends Error {}

/**
 * Says what happens now.
 * @param {string} line
 */
export function say(line) {
  process.stdout.write(`${line}\n`);
}

/**
 * What a command prints, or null when it is absent or fails.
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string | null}
 */
export function capture(command, args, env = process.env) {
  const done = spawnSync(command, args, {
    cwd: ROOT,
    env,
    encoding: 'utf8',
    maxBuffer: ANSWER_BYTES,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return done.status === 0 ? done.stdout.trim() : null;
}

/**
 * Runs a command with its output on the screen.
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {boolean} whether it ended well
 */
export function run(command, args, env = process.env) {
  return spawnSync(command, args, { cwd: ROOT, env, stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;
}

/**
 * Runs a command, or stops with the sentence.
 * @param {string} command
 * @param {string[]} args
 * @param {string} sentence what to tell the person when it fails
 * @param {NodeJS.ProcessEnv} [env]
 */
export function runOrStop(command, args, sentence, env = process.env) {
  if (!run(command, args, env)) {
    throw new Stop(sentence);
  }
}

/**
 * Runs a command, shows its output as it comes, and keeps it.
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv | undefined, show?: boolean }} [how]
 * @returns {Promise<{ ok: boolean, output: string }>}
 */
export function stream(command, args, { env = process.env, show = true } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const started = Date.now();
    let output = '';
    const speak = () => say(`  … still running after ${Math.round((Date.now() - started) / 1000)} s`);
    let quiet = setInterval(speak, QUIET_SECONDS * 1000);
    /** @param {Buffer} chunk */
    const take = (chunk) => {
      if (show) process.stdout.write(chunk);
      output += chunk;
      clearInterval(quiet);
      quiet = setInterval(speak, QUIET_SECONDS * 1000);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', (error) => {
      output += `${command} cannot be run: ${error.message}\n`;
    });
    child.on('close', (code) => {
      clearInterval(quiet);
      resolve({ ok: code === 0, output });
    });
  });
}

/**
 * Runs a script's main function when the script itself was started, not imported.
 * @param {ImportMeta} meta
 * @param {() => void | Promise<void>} main
 */
export async function start(meta, main) {
  const script = process.argv[1];
  if (script === undefined || fileURLToPath(meta.url) !== realpathSync(script)) {
    return;
  }
  try {
    await main();
  } catch (error) {
    if (!(error instanceof Stop)) {
      throw error;
    }
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
