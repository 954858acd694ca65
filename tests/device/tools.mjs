/**
 * @file Sees to it that what the device tests need is there: QEMU's Arm boards, GCC for Arm with newlib-nano, two
 * compilers of this machine, and the plugin that counts instructions, built once into a folder of the user's cache.
 * What is missing is installed with apt-get where that is there and allowed.
 *
 *     node tests/device/tools.mjs            install what is missing
 *     node tests/device/tools.mjs --check    only say what is there and what is missing
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { capture, run, Stop, say, start } from '../../crate/wasm/command.mjs';

const PLUGIN = ['mcount.c', 'decode.h'].map((name) => fileURLToPath(new URL(`plugin/${name}`, import.meta.url)));
const LEAST = fileURLToPath(new URL('harness/least.c', import.meta.url));

/** The oldest release of QEMU that is known to do. */
const QEMU_OLDEST = 7;

/**
 * Something that is needed: its name in a sentence, the Debian packages with it, and whether it is there.
 * @typedef {{ name: string, packages: string[], there: () => boolean }} Need
 */

/** @type {Need[]} */
const NEEDS = [
  { name: 'qemu-system-arm', packages: ['qemu-system-arm'], there: hasQemu },
  { name: 'arm-none-eabi-gcc', packages: ['gcc-arm-none-eabi'], there: () => answers('arm-none-eabi-gcc') },
  { name: 'newlib-nano for Arm', packages: ['libnewlib-arm-none-eabi'], there: hasNewlib },
  { name: 'gcc', packages: ['gcc', 'libc6-dev'], there: () => answers('gcc') },
  { name: 'clang', packages: ['clang'], there: () => answers('clang') },
  { name: "gcc's sanitizers", packages: ['gcc', 'libc6-dev'], there: () => hasSanitizers('gcc') },
  { name: "clang's sanitizers", packages: ['libclang-rt-dev'], there: () => hasSanitizers('clang') },
];

/** @param {string} program */
function answers(program) {
  return capture(program, ['--version']) !== null;
}

function hasQemu() {
  const version = /version (\d+)\./.exec(capture('qemu-system-arm', ['--version']) ?? '')?.[1];
  return version !== undefined && Number(version) >= QEMU_OLDEST;
}

function hasNewlib() {
  const args = ['-mcpu=cortex-m0', '-mthumb', '--specs=nano.specs', '-print-file-name=libc_nano.a'];
  return isAbsolute(capture('arm-none-eabi-gcc', args) ?? '');
}

/**
 * Whether a program can be linked with a compiler's sanitizers.
 * @param {string} compiler
 */
function hasSanitizers(compiler) {
  const folder = mkdtempSync(join(tmpdir(), 'sepal-'));
  const done = capture(compiler, ['-fsanitize=address,undefined', LEAST, '-o', join(folder, 'least')]) !== null;
  rmSync(folder, { recursive: true });
  return done;
}

/** What comes before apt-get so that it may install, or null when it is not there or not allowed. */
function aptPrefix() {
  if (capture('apt-get', ['--version']) === null) {
    return null;
  }
  if (process.getuid?.() === 0) {
    return [];
  }
  return capture('sudo', ['-n', 'true']) === null ? null : ['sudo', '-n', 'env', 'DEBIAN_FRONTEND=noninteractive'];
}

/**
 * Installs what is missing, as far as apt-get can.
 * @param {Need[]} missing
 */
function install(missing) {
  const prefix = aptPrefix();
  if (prefix === null) {
    return;
  }
  const packages = [...new Set(missing.flatMap((need) => need.packages))];
  say(`Installing ${packages.join(', ')} with apt-get (once, about 120 MB to fetch).`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (/** @type {string[]} */ ...args) => {
    const [command = '', ...rest] = [...prefix, 'apt-get', '-qq', ...args];
    return run(command, rest, env);
  };
  apt('update');
  apt('install', '-y', '--no-install-recommends', ...packages);
}

/**
 * The plugin's shared library, built when there is none of this source yet.
 * @returns {string} its path
 */
function builtPlugin() {
  const text = PLUGIN.map((file) => readFileSync(file, 'utf8')).join('');
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sepal');
  const library = join(cache, `mcount-${hash}.so`);
  if (existsSync(library)) {
    return library;
  }
  mkdirSync(cache, { recursive: true });
  const part = `${library}.${process.pid}`;
  if (!run('gcc', ['-O2', '-shared', '-fPIC', '-o', part, PLUGIN[0] ?? ''])) {
    rmSync(part, { force: true });
    throw new Stop('The counting plugin could not be built with gcc; the reason is above.');
  }
  renameSync(part, library);
  return library;
}

/**
 * Stops when this QEMU does not take the plugin: one that was built without plugins, or one that no longer speaks
 * version 1 of their interface. It is asked to start nothing, and the plugin then says that it counted nothing.
 * @param {string} plugin
 */
function requireLoads(plugin) {
  const quiet = ['-M', 'mps2-an385', '-display', 'none', '-monitor', 'none', '-serial', 'none'];
  const args = [...quiet, '-plugin', `file=${plugin.replaceAll(',', ',,')}`, '-kernel', '/'];
  const { stderr } = spawnSync('qemu-system-arm', args, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (!stderr.includes('"region":"total"')) {
    throw new Stop(
      `The device tests need a QEMU that takes their plugin, such as 7 or 8 ("npm run test:host" works without); ` +
        `this one says: ${stderr.trim()}`,
    );
  }
}

/**
 * What the device tests run with.
 * @typedef {{ plugin: string }} DeviceTools
 */

/** @type {DeviceTools | null} */
let complete = null;

/**
 * Makes the tools complete; looks once.
 * @returns {DeviceTools}
 */
export function ensureDeviceTools() {
  complete ??= { plugin: prepared() };
  return complete;
}

/**
 * Looks, installs, and builds the plugin.
 * @returns {string} the plugin's path
 */
function prepared() {
  const absent = NEEDS.filter((need) => !need.there());
  if (absent.length > 0) {
    install(absent);
  }
  const missing = absent.filter((need) => !need.there()).map((need) => need.name);
  if (missing.length > 0) {
    throw new Stop(
      `The device tests need ${missing.join(', ')}, which could not be installed here: ` +
        '"npm run test:host" works without.',
    );
  }
  const plugin = builtPlugin();
  requireLoads(plugin);
  return plugin;
}

await start(import.meta, () => {
  if (process.argv.includes('--check')) {
    for (const need of NEEDS) {
      say(`${need.name}: ${need.there() ? 'there' : 'missing'}`);
    }
  } else {
    ensureDeviceTools();
    say('The device tools are complete.');
  }
});
