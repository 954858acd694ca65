// A Python environment with pinned packages, made once per requirements file and kept in the
// user's cache.
//
//   import { venv } from './venv.mjs'; const python = await venv('requirements.txt');
//   node venv.mjs requirements.txt      prints the path of the environment's python

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, realpath, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const OLDEST_PYTHON = 11; // 3.11: numpy 2.4

/**
 * Makes the environment for a requirements file if it is not there yet.
 * @param {string} requirementsPath
 * @returns {Promise<string>} path of its python
 */
export async function venv(requirementsPath) {
  const version = await pythonVersion();
  const text = `python ${version}\n${await requirements(resolve(requirementsPath))}`;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sepal');
  const folder = join(cache, `venv-${hash}`);
  const python = join(folder, 'bin', 'python');
  if (existsSync(python)) return python;

  const shown = relative(process.cwd(), requirementsPath);
  process.stderr.write(`Installing the Python packages of ${shown} in ${folder} (once)\n`);
  await mkdir(cache, { recursive: true });
  // Only a finished environment gets the final name: an interrupted or a simultaneous run
  // leaves nothing half done behind it.
  const unfinished = `${folder}.${process.pid}`;
  try {
    await create(unfinished);
    await install(join(unfinished, 'bin', 'python'), requirementsPath, shown);
    await rename(unfinished, folder).catch((error) => {
      if (!existsSync(python)) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return python;
}

/** "3.11" of the python3 on the path. */
async function pythonVersion() {
  const script = 'import sys; print("%d.%d" % sys.version_info[:2])';
  const { stdout } = await run('python3', ['-c', script]).catch(() => {
    throw new Error('There is no python3: install the Debian packages python3 and python3-venv.');
  });
  const version = stdout.trim();
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major !== 3 || minor < OLDEST_PYTHON) {
    throw new Error(`python3 is version ${version}, but 3.${OLDEST_PYTHON} or newer is needed.`);
  }
  return version;
}

/**
 * The text of a requirements file and of those that it includes by "-r FILE".
 * @param {string} path
 * @returns {Promise<string>}
 */
async function requirements(path) {
  const text = await readFile(path, 'utf8');
  const included = [...text.matchAll(/^-r\s+(\S+)/gm)].map(([, file = '']) => requirements(join(dirname(path), file)));
  return [text, ...(await Promise.all(included))].join('\n');
}

/** @param {string} folder */
async function create(folder) {
  await run('python3', ['-m', 'venv', folder]).catch((error) => {
    const said = `${error.stdout}${error.stderr}`;
    throw new Error(
      /ensurepip|No module named venv/.test(said)
        ? 'Python cannot make an environment: install the Debian package python3-venv.'
        : `Python cannot make an environment: ${lastLine(said)}`,
    );
  });
}

/**
 * @param {string} python
 * @param {string} path of the requirements
 * @param {string} shown the same for people
 */
async function install(python, path, shown) {
  const options = ['--quiet', '--no-input', '--disable-pip-version-check'];
  const maxBuffer = 16 * 1024 * 1024;
  await run(python, ['-m', 'pip', 'install', ...options, '-r', path], { maxBuffer }).catch((error) => {
    throw new Error(`pip cannot install the packages of ${shown}: ${lastLine(error.stderr)}`);
  });
}

/** @param {string} text */
function lastLine(text) {
  return text.trim().split('\n').at(-1) || 'it did not say why';
}

const started = process.argv[1] && (await realpath(process.argv[1]));
if (started === fileURLToPath(import.meta.url)) {
  const [path] = process.argv.slice(2);
  if (path === undefined) {
    process.stderr.write('usage: node venv.mjs REQUIREMENTS\n');
    process.exit(1);
  }
  try {
    process.stdout.write(`${await venv(path)}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exit(1);
  }
}
