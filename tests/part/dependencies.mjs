/**
 * @file The part of npm test that looks at what others wrote: licences, sources, and known weaknesses of
 * dependencies. What needs a database that cannot be reached is skipped, and said to be.
 */
import { spawnSync } from 'node:child_process';
import { isUpToDate } from '../../crate/licences.mjs';
import { ROOT, run, say } from '../../crate/wasm/command.mjs';
import { ensureTools } from '../../crate/wasm/toolchain.mjs';
import { one, sum } from './counts.mjs';

/** @typedef {import('./counts.mjs').Counts} Counts */

const DENY = { crate: 'cargo-deny', version: '0.20.2', programs: ['cargo-deny'] };
const NOTHING = { passed: 0, failed: 0 };
/** How cargo deny and npm say that they found something; whatever else ends them is no answer. */
const FOUND = /^advisories FAILED|^# npm audit report|\b\d+ (?:\w+ severity )?vulnerabilit(?:y|ies)\b/m;

function licences() {
  const good = isUpToDate();
  say(
    good
      ? 'crate/LICENCES.md lists what is shipped.'
      : 'crate/LICENCES.md is out of date: run "node crate/licences.mjs".',
  );
  return one(good);
}

/**
 * cargo deny without advisories, whose database may be out of reach.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} manifest
 */
function deny(env, manifest) {
  const args = ['deny', '--locked', '--manifest-path', manifest, '--config', '.deny.toml', 'check'];
  return one(run('cargo', [...args, 'bans', 'licenses', 'sources'], env));
}

/**
 * Runs a check that needs the network: what it found, or nothing where the network is not there.
 * @param {string} what
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Counts}
 */
function online(what, command, args, env = process.env) {
  const done = spawnSync(command, args, { cwd: ROOT, env, encoding: 'utf8', timeout: 300_000 });
  const output = `${done.stdout ?? ''}${done.stderr ?? ''}`;
  const skipped = verdict(done.status === 0, output) === 'skipped';
  say(skipped ? `${what}: skipped, no database answers: ${output.trim().split('\n').at(-1)}` : output.trim());
  return skipped ? NOTHING : one(done.status === 0);
}

/**
 * What the end of an online check means.
 * @param {boolean} ok
 * @param {string} output
 * @returns {'passed' | 'failed' | 'skipped'}
 */
export function verdict(ok, output) {
  return ok ? 'passed' : FOUND.test(output) ? 'failed' : 'skipped';
}

export function dependencies() {
  const env = ensureTools([DENY]);
  return sum([
    licences(),
    deny(env, 'Cargo.toml'),
    online('Advisories of Rust crates', 'cargo', ['deny', '--config', '.deny.toml', 'check', 'advisories'], env),
    online('Advisories of npm packages', 'npm', ['audit', '--audit-level=high']),
  ]);
}
