/**
 * @file The package that people download: it holds what its README says, builds as it is on a PC and for a
 * Cortex-M, and its self-test is right; as a zip and as a folder.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { ROOT } from '../../crate/wasm/command.mjs';
import { sepal, sepalJson } from '../conformance/sepal.mjs';
import { MODELS } from './models.mjs';
import { COMPILERS } from './targets.mjs';

const OUTPUT = join(ROOT, 'tests/output/device/package');
const WARNINGS = ['-std=c99', '-Wall', '-Wextra', '-Wconversion', '-Werror', '-O2'];
const FILES = [
  'README.md',
  'model.sepal',
  'src/model.h',
  'src/sepal.h',
  'src/sepal.c',
  'src/selftest.h',
  'main.c',
  'library.properties',
  'examples/watch_cnn/watch_cnn.ino',
  'zephyr/module.yml',
  'zephyr/CMakeLists.txt',
  'zephyr/Kconfig',
  'watch-cnn-compressed.onnx',
  'report.json',
];
const watch = MODELS.find(({ id }) => id === 'watch-cnn');
const model = join(ROOT, 'www/public/model/watch-cnn.onnx');
const plan = ['--plan', join(ROOT, 'tests/device/plan/watch-cnn.json')];
const sets = ['--calibration', watch?.sets.calibration ?? '', '--evaluation', watch?.sets.evaluation ?? ''];

/**
 * Runs a program in the package's folder.
 * @param {string} command
 * @param {string[]} args
 */
function inFolder(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: OUTPUT, encoding: 'utf8' });
  return { status, text: `${stdout}${stderr}` };
}

describe('the package', () => {
  /** @type {any} */
  let report;

  before(() => {
    rmSync(OUTPUT, { recursive: true, force: true });
    mkdirSync(OUTPUT, { recursive: true });
    report = sepalJson('export', model, '--out', OUTPUT, ...plan, ...sets);
  });

  test('holds its files', () => {
    assert.deepEqual(
      FILES.filter((file) => !existsSync(join(OUTPUT, file))),
      [],
    );
  });

  test('states the figures of its bytes', () => {
    const artifact = readFileSync(join(OUTPUT, 'model.sepal'));
    const crc = artifact.readUInt32LE(12).toString(16).padStart(8, '0');
    assert.equal(report.device.flashBytes, artifact.length);
    assert.equal(report.device.crc, crc);
    assert.equal(report.device.verified.crc, crc);
    assert.equal(report.device.verified.highWaterBytes, report.device.arenaBytes);
    const words = readFileSync(join(OUTPUT, 'README.md'), 'utf8');
    assert.ok(words.includes(`${artifact.length} bytes of data`));
    assert.ok(words.includes(crc));
    const header = readFileSync(join(OUTPUT, 'src/model.h'), 'utf8');
    assert.ok(header.includes(`#define MODEL_ARENA_BYTES ${report.device.arenaBytes}u`));
  });

  for (const compiler of COMPILERS) {
    test(`builds with ${compiler} and is right`, () => {
      const built = inFolder(compiler, [...WARNINGS, '-Isrc', 'main.c', '-o', `selftest-${compiler}`]);
      assert.equal(built.status, 0, built.text);
      const ran = inFolder(`./selftest-${compiler}`, []);
      assert.equal(ran.status, 0, ran.text);
      assert.match(ran.text, /The self-test is right/);
    });
  }

  for (const cpu of ['cortex-m0', 'cortex-m3', 'cortex-m4']) {
    test(`builds for ${cpu}, as an example and as a library`, () => {
      for (const file of ['main.c', 'src/sepal.c']) {
        const args = [`-mcpu=${cpu}`, '-mthumb', ...WARNINGS, '-Isrc', '-c', file, '-o', 'arm.o'];
        const built = inFolder('arm-none-eabi-gcc', args);
        assert.equal(built.status, 0, built.text);
      }
    });
  }

  test('compresses again from its report', () => {
    const folder = join(OUTPUT, 'again');
    sepalJson('export', model, '--out', folder, '--plan', join(OUTPUT, 'report.json'), ...sets);
    const [first, second] = [OUTPUT, folder].map((place) => readFileSync(join(place, 'model.sepal')));
    assert.ok(first !== undefined && second !== undefined && first.equals(second));
  });

  test('can be one zip file', () => {
    const path = join(OUTPUT, 'package.zip');
    assert.equal(sepal('export', model, '--out', path, ...plan, ...sets).status, 0);
    const listed = inFolder('python3', ['-m', 'zipfile', '-l', 'package.zip']).text;
    assert.deepEqual(
      FILES.filter((file) => !listed.includes(file)),
      [],
    );
  });

  test('is refused in one sentence where something is missing', () => {
    const { status, stderr } = sepal('export', model, '--out', join(OUTPUT, 'none'));
    assert.equal(status, 1);
    assert.match(stderr, /calibration samples/);
    assert.equal(stderr.trim().split('\n').length, 1);
  });
});
