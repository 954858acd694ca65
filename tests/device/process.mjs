/**
 * @file Runs compilers and emulators, as many at a time as there are processors, and keeps what they print.
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { Stop } from '../../crate/wasm/command.mjs';

/** What a program that did not end in time exits with, as timeout(1) has it. */
export const TIMEOUT_EXIT = 124;

const SLOTS = availableParallelism();
let running = 0;
/** @type {(() => void)[]} */
const waiting = [];

/** Waits for a free slot and takes it. */
async function takeSlot() {
  if (running >= SLOTS) {
    await new Promise((resolve) => waiting.push(() => resolve(null)));
  }
  running += 1;
}

function freeSlot() {
  running -= 1;
  waiting.shift()?.();
}

/**
 * @typedef {{ cwd?: string, env?: NodeJS.ProcessEnv, timeout?: number }} Place `timeout` in ms
 * @typedef {{ exit: number, output: string }} Ended
 */

/**
 * Runs a program when a slot is free.
 * @param {string} command
 * @param {string[]} args
 * @param {Place} [place]
 * @returns {Promise<Ended>} with standard output and standard error in one text, as they came
 */
export async function execute(command, args, place = {}) {
  await takeSlot();
  try {
    return await spawned(command, args, place);
  } finally {
    freeSlot();
  }
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {Place} place
 * @returns {Promise<Ended>}
 */
function spawned(command, args, { cwd, env, timeout }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let late = false;
    const kill = () => {
      late = true;
      child.kill('SIGKILL');
    };
    const timer = timeout === undefined ? undefined : setTimeout(kill, timeout);
    const take = (/** @type {Buffer} */ chunk) => {
      output += chunk.toString('latin1');
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(new Stop(`${command} cannot be run: ${error.message}`));
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ exit: late ? TIMEOUT_EXIT : (code ?? 1), output });
    });
  });
}

/**
 * Runs a program that must end well.
 * @param {string} command
 * @param {string[]} args
 * @param {Place} [place]
 * @returns {Promise<string>} its output
 */
export async function executeOrStop(command, args, place) {
  const { exit, output } = await execute(command, args, place);
  if (exit !== 0) {
    throw new Stop(`${command} ${args.join(' ')}\nended with exit status ${exit}:\n${output}`);
  }
  return output;
}
