/**
 * @file Measures all rows of one model: our methods with sepal, the peers with quality_peers.py.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stop } from '../../../crate/wasm/command.mjs';
import { faultOf } from './fault.mjs';
import { goalsOf, jobsOf, limitsOf, PEERS, VALUES } from './methods.mjs';
import { OUTPUT, python, sepal } from './program.mjs';
import { asked, rowOf } from './row.mjs';

/** @typedef {import('./models.mjs').Model} Model */
/** @typedef {import('./methods.mjs').Job} Job */
/** @typedef {import('./row.mjs').Row} Row */
/** @typedef {import('./row.mjs').Missing} Missing */
/** @typedef {import('./row.mjs').Subject} Subject */

/**
 * What quality_data.py says of a set.
 * @typedef {{ calibration: string, calibrationSource: string, test: string, testSamples: number,
 *   testSource: string }} Samples
 */

/**
 * A model with what is needed to measure it. `chosen` says whether a method is wanted.
 * @typedef {object} Setup
 * @property {Model} model
 * @property {string} program
 * @property {Samples} samples
 * @property {boolean} quick
 * @property {(method: string) => boolean} chosen
 * @property {(line: string) => void} progress
 */

/** @typedef {{ rows: Row[], missing: Missing[] }} Result */
/** @typedef {{ bytes: number, macs: number, layers: { name: string, shape: number[] }[] }} Inspected */

/** What sepal says where no plan meets the limits: a finding, not a fault. */
const LIMIT = /limit|budget|no plan|smallest|cannot be (met|reached)/i;
const NO_SAMPLE = 'no sample';

/**
 * @param {Setup} setup
 * @returns {Promise<Result>}
 */
export async function measureModel(setup) {
  const { model, program } = setup;
  const inspected = sepal(program, ['inspect', model.file]);
  if ('reason' in inspected) {
    throw new Stop(`sepal inspect ${model.file}: ${inspected.reason}`);
  }
  /** @type {Inspected} */
  const base = inspected.answer;
  const fits = jobsOf(model, setup.quick).filter(({ method }) => setup.chosen(method.id));
  const values = VALUES.filter((format) => setup.chosen(`quantise-${format}`));
  const peers = await peerRows(setup, base);
  const own = [
    ...values.map((format) => quantised(setup, base, format)),
    ...fits.map((job) => fitted(setup, base, job)),
  ];
  return {
    rows: [...peers, ...own.flatMap((row) => ('reason' in row ? [] : [row]))],
    missing: own.flatMap((row) => ('reason' in row ? [row] : [])),
  };
}

/**
 * Which samples choose, and which measure.
 * @param {Samples} samples
 * @param {boolean} calibrated
 */
function sourcesOf({ calibrationSource, testSource, testSamples }, calibrated) {
  return { chose: calibrated ? calibrationSource : NO_SAMPLE, measured: testSource, count: testSamples };
}

/**
 * One run of sepal fit.
 * @param {Setup} setup
 * @param {Inspected} base
 * @param {Job} job
 */
function fitted(setup, base, job) {
  const { model, samples } = setup;
  const { method, goal, task } = job;
  const blind = method.fit === 'plain';
  /** @type {Subject} */
  const subject = {
    model: model.id,
    method: method.id,
    title: method.title,
    peer: method.peer,
    goal: goal === null || goal.ratio === 1 ? null : goal.ratio,
    macs_goal: goal?.macsRatio ?? null,
    task: task?.id ?? null,
    samples: sourcesOf(samples, !blind),
  };
  const folder = outputFolder(subject);
  const allowed = method.methods === null ? [] : ['--methods', method.methods];
  const how = [...allowed, '--values', method.values, '--fit', method.fit, '--seed', '0'];
  const data = [...(blind ? [] : ['--calibration', samples.calibration]), '--measure', samples.test];
  const args = ['fit', model.file, '--out', folder, ...limitsOf(job, base), ...how, ...data];
  return measured(setup, subject, args);
}

/**
 * All layers with other values and nothing left out.
 * @param {Setup} setup
 * @param {Inspected} base
 * @param {string} format
 */
function quantised(setup, base, format) {
  const { model, samples } = setup;
  /** @type {Subject} */
  const subject = {
    model: model.id,
    method: `quantise-${format}`,
    title: `${format} values alone`,
    peer: false,
    goal: null,
    macs_goal: null,
    task: null,
    samples: sourcesOf(samples, true),
  };
  const folder = outputFolder(subject);
  const plan = join(folder, 'plan.json');
  const values = Object.fromEntries(base.layers.map(({ name }) => [name, format]));
  writeFileSync(plan, JSON.stringify({ seed: 0, fit: 'sequential', layers: {}, values }));
  const data = ['--calibration', samples.calibration, '--evaluation', samples.test];
  return measured(setup, subject, ['compress', model.file, '--out', folder, '--plan', plan, ...data]);
}

/**
 * Runs sepal and makes a row of its report.
 * @param {Setup} setup
 * @param {Subject} subject
 * @param {string[]} args
 * @returns {Row | Missing}
 */
function measured({ program, progress }, subject, args) {
  const outcome = sepal(program, args);
  const reason = 'reason' in outcome ? outcome.reason : faultOf(outcome.answer, args);
  if ('reason' in outcome || reason !== null) {
    const { samples: _, ...rest } = subject;
    const finding = 'reason' in outcome && outcome.ended && LIMIT.test(outcome.reason);
    progress(`${subject.model}: ${subject.title} ${asked(subject)}: ${reason}`);
    return { ...rest, reason: reason ?? '', broken: !finding };
  }
  const { answer, seconds } = outcome;
  const row = { ...rowOf(subject, answer, { ...answer, seconds: answer.seconds ?? seconds }), plan: answer.plan };
  progress(lineOf(row));
  return row;
}

/**
 * The peers' rows; their script is only run where one of them is wanted.
 * @param {Setup} setup
 * @param {Inspected} base
 * @returns {Promise<Row[]>}
 */
async function peerRows({ model, samples, quick, chosen, progress }, base) {
  if (!Object.keys(PEERS).some(chosen)) {
    return [];
  }
  const ratios = goalsOf(model, quick).map(({ ratio }) => ratio);
  const data = ['--calibration', samples.calibration, '--test', samples.test];
  const cost = ['--base-bytes', String(base.bytes), '--base-macs', String(base.macs)];
  const answer = await python('quality_peers.py', ['--model', model.file, ...data, ...cost, '--ratios', ratios.join()]);
  const wanted = answer.rows.filter((/** @type {{ method: string }} */ { method }) => chosen(method));
  return wanted.map((/** @type {{ method: keyof typeof PEERS, goal?: number } & Row} */ found) => {
    const { title, calibrated } = PEERS[found.method];
    const subject = {
      model: model.id,
      method: found.method,
      title,
      peer: true,
      goal: found.goal ?? null,
      macs_goal: null,
      task: null,
      samples: sourcesOf(samples, calibrated),
    };
    const whole = { base_bytes: base.bytes, base_macs: base.macs, base_accuracy: answer.accuracy };
    const setting = found.setting === undefined ? {} : { setting: found.setting };
    const row = { ...rowOf(subject, whole, found), ...setting };
    progress(lineOf(row));
    return row;
  });
}

/** @param {Row} row */
function lineOf(row) {
  const figures = `${row.ratio.toFixed(1)}x, ${row.accuracy.toFixed(2)} %, ${row.seconds.toFixed(1)} s`;
  return `${row.model}: ${row.title} ${asked(row)}: ${figures}`;
}

/**
 * A folder for the compressed model and its report.
 * @param {Subject} subject
 */
function outputFolder(subject) {
  const goal = asked(subject).replace(/[^\w.-]+/g, '-');
  const folder = join(OUTPUT, subject.model, [subject.method, goal].filter(Boolean).join('-'));
  mkdirSync(folder, { recursive: true });
  return folder;
}
