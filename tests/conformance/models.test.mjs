/**
 * @file Every model of ../shared/data: it opens, has the accuracy that MANIFEST.md states, and what comes out of it,
 * as it is, at low rank and in 8 bits, gives in onnxruntime and LiteRT what we said. Where the folder is missing, the
 * tests say so. A table of what was found goes to tests/output/conformance/models/table.json.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { absent, entries, models, SHARED } from './manifest.mjs';
import { startPeers } from './peers.mjs';
import { folder, planFile, sepalLater } from './sepal.mjs';

/** @typedef {import('./manifest.mjs').Entry} Entry */
/** @typedef {{ models: RegExp, set: string, full: string[] }} Subject */
/** @typedef {{ metric: string, value: number, base_value: number, samples: number }} Scored */

/** Points between our accuracy and the stated one. */
const POINTS = 0.3;
/** Samples of a subset that may be counted differently by another runtime of the same float model. */
const SAMPLES = 1;
/** The same for errors, as a share. */
const ERROR_SHARE = 0.02;
/** Largest difference of a float model's outputs, as a share of the largest. */
const FLOAT_ERROR = 1e-3;

/**
 * Models that round on the way, as their runtime does and we do not quite: steps of activations may fall on the
 * other side.
 */
const QUANTISED = /int8|qdq|qop|dyn|quantized|-dr\.|hybrid|kws_ref_model/;
/** Models whose weights are stored in less than 32 bits: factors of them have to be, too, to be smaller. */
const NARROW = new RegExp(`fp16|${QUANTISED.source}`);
/** Share of samples on which such a model chooses the same class here and there. */
const AGREEMENT = 0.97;
/** Share of samples that two sorts of 8-bit arithmetic may count differently: a few lie between two classes. */
const INT8_SHARE = 0.01;
/** The plans of low rank: that of integers is smaller with its scales. */
const LOW_RANK = ['--method', 'low_rank', '--rank', '0.4'];
const NARROW_LOW_RANK = ['--method', 'low_rank', '--rank', '0.3', '--values', 'int8'];

const data = (/** @type {string} */ name) => join(SHARED, 'data', name);
const sets = folder('models');
const part = (/** @type {string} */ set) => join(sets, `${set}.npz`);
const MNIST = ['t10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz'].map((name) => data(`mnist/${name}`));

/**
 * What each model is scored on: the whole set, and the part that models_check.py makes for what comes out.
 * @type {Subject[]}
 */
const SUBJECTS = [
  { models: /fsdd/, set: 'fsdd', full: [data('fsdd_test.npz')] },
  { models: /lenet/, set: 'mnist', full: MNIST },
  { models: /watch/, set: 'watch', full: [data('watch_test.npz')] },
  { models: /kws_ref_model_int8/, set: 'kws', full: [data('mlperf_kws01_1000.npz')] },
  { models: /kws/, set: 'kws', full: [part('kws-all')] },
  { models: /resnet8/, set: 'cifar', full: [data('cifar10_test1000.npz')] },
  { models: /vww/, set: 'vww', full: [data('vww_coco128_val2017.npz')] },
  { models: /ad01/, set: 'ad', full: [part('ad')] },
  { models: /hello_world/, set: 'sine', full: [part('sine')] },
  { models: /micro_speech/, set: 'speech', full: [part('speech')] },
];
/** Models that open, but cannot be run, and the operator that evaluation names. */
const STOPPED = new Map([['tflm/audio_preprocessor_int8.tflite', /SignalWindow/]]);

/** @type {Awaited<ReturnType<typeof startPeers>>} */
let peers;
/** @type {Record<string, object>} */
const table = {};

before(async () => {
  if (absent === false) {
    peers = await startPeers(sets, join(SHARED, 'data'));
  }
});
after(() => peers?.end());

/** What is wrong with one model, and what was measured. */
class Examination {
  /** @type {string[]} */
  problems = [];
  /** @type {Record<string, unknown>} */
  found = {};

  /**
   * @param {Entry} entry
   * @param {Subject} subject
   */
  constructor(entry, subject) {
    this.entry = entry;
    this.subject = subject;
    this.file = join(SHARED, 'models', entry.file);
    this.name = entry.file.replace(/\W+/g, '-');
  }

  /**
   * Notes a problem unless it holds.
   * @param {boolean} holds
   * @param {string} sentence
   */
  expect(holds, sentence) {
    if (!holds) {
      this.problems.push(sentence);
    }
  }

  /**
   * A step that may fail without ending the others.
   * @param {string} what
   * @param {() => Promise<void>} work
   */
  async step(what, work) {
    await work().catch((error) => {
      this.problems.push(`${what}: ${String(error.stderr || error.message).trim()}`);
    });
  }

  /** Layers that can be compressed. */
  async inspect() {
    const view = await sepalLater('inspect', this.file);
    this.expect(view.parameters > 0 && view.layers.length > 0, 'inspect shows nothing');
    /** @type {{ name: string, methods: string[] }[]} */
    const layers = view.layers;
    return layers.filter(({ methods }) => methods.length > 0).map(({ name }) => name);
  }

  async accuracy() {
    const [stated] = this.entry.accuracies;
    const found = await sepalLater('evaluate', this.file, '--evaluation', ...this.subject.full);
    if (stated === undefined) {
      const theirs = await peers.ask({ model: this.file, samples: part(this.subject.set) });
      this.found.stated = theirs.error;
      this.found.error = found.value;
      this.expect(agrees(score(found), theirs), `${found.metric} ${found.value}, the peer's ${theirs.error}`);
      return;
    }
    this.found.stated = stated.percent;
    this.found.accuracy = found.accuracy;
    this.expect(found.samples === stated.samples, `${found.samples} samples`);
    const near = this.entry.accuracies.some(({ percent }) => Math.abs(percent - found.accuracy) <= POINTS);
    this.expect(near, `accuracy ${found.accuracy} %, stated ${stated.percent} %`);
  }

  /** The outputs of the model as it is, beside those of the runtime that it was made for. */
  async outputs() {
    const outputs = join(folder(`models/${this.name}`), 'outputs.npy');
    const samples = part(this.subject.set);
    await sepalLater('evaluate', this.file, '--evaluation', samples, '--outputs', outputs);
    const theirs = await peers.ask({ model: this.file, samples, outputs });
    this.found.off = theirs.off;
    this.found.agree = theirs.agree;
    this.expect(theirs.failure === undefined, `the original: ${theirs.failure}`);
    if (QUANTISED.test(this.entry.file)) {
      const agree = (theirs.agree ?? 0) / theirs.samples;
      this.expect(agree >= AGREEMENT, `the same class on ${theirs.agree} of ${theirs.samples} samples`);
    } else {
      this.expect((theirs.off ?? 1) <= FLOAT_ERROR, `outputs are off by ${theirs.off}`);
    }
  }

  /**
   * Compresses, and has both files that come out scored by the runtimes that they are for.
   * @param {string} name of the way to compress
   * @param {'float' | 'int8'} precision of the TFLite file
   * @param {string[]} how
   */
  async compressed(name, precision, how) {
    const out = folder(`models/${this.name}/${name}`);
    const samples = part(this.subject.set);
    const given = ['--evaluation', samples, '--calibration', part(`${this.subject.set}-calibration`)];
    const report = await sepalLater('compress', this.file, '--out', out, '--tflite', precision, ...how, ...given);
    const ours = score(report);
    this.found[name] = `${ours} of ${report.samples}`;
    await this.scored(`${name} onnx`, this.product(out, 'onnx'), ours, 0);
    if (name === 'keep') {
      this.expect(report.value === report.base_value, 'the plan that keeps all changes the score');
    }
    const stated = precision === 'float' ? ours : await this.artifact(out, how, given);
    // A float file leaves out the rounding of a model that rounds.
    const unrounded = QUANTISED.test(this.entry.file) ? 1 - AGREEMENT : 0;
    const share = precision === 'float' ? unrounded : INT8_SHARE;
    await this.scored(`${name} tflite`, this.product(out, 'tflite'), stated, share);
  }

  /**
   * @param {string} out
   * @param {string} format
   */
  product(out, format) {
    return join(out, `${basename(this.file, extname(this.file))}-compressed.${format}`);
  }

  /**
   * How many samples the artifact of 8-bit integers gets right: that is what is stated for TFLite files of such.
   * @param {string} out
   * @param {string[]} how
   * @param {string[]} given
   */
  async artifact(out, how, given) {
    const { device } = await sepalLater('export', this.file, '--out', `${out}.zip`, ...how, ...given);
    const stated = device.verified.score;
    this.found.artifact = stated.correct;
    return stated.metric === 'accuracy' ? stated.correct : Math.sqrt(stated.squaredError / stated.samples);
  }

  /**
   * @param {string} what
   * @param {string} model
   * @param {number} stated samples that we said are right
   * @param {number} share of the samples that may be counted differently
   */
  async scored(what, model, stated, share) {
    const theirs = await peers.ask({ model, samples: part(this.subject.set) });
    const found = theirs.failure ?? theirs.correct ?? theirs.error;
    this.found[what] = found;
    this.expect(theirs.failure === undefined && agrees(stated, theirs, share), `${what}: ${found}, not ${stated}`);
  }
}

/**
 * How many samples are right, or the error.
 * @param {Scored} found
 */
function score({ metric, value, samples }) {
  return metric === 'accuracy' || metric === 'agreement' ? Math.round((value * samples) / 100) : value;
}

/**
 * Whether another runtime says what we said.
 * @param {number} ours samples that are right, or the error
 * @param {import('./peers.mjs').Answer} theirs
 * @param {number} [share] of the samples that may be counted differently; then an error may be smaller as well
 */
function agrees(ours, { samples, correct, error }, share = 0) {
  if (correct !== undefined) {
    return Math.abs(correct - ours) <= Math.max(SAMPLES, Math.floor(share * samples));
  }
  return error === undefined || (share > 0 && error < ours) || Math.abs(error - ours) <= ERROR_SHARE * error;
}

/**
 * A model that cannot be run is shown all the same, and evaluation says what stops it.
 * @param {Entry} entry
 * @param {RegExp} operator
 */
async function stopped(entry, operator) {
  const file = join(SHARED, 'models', entry.file);
  const view = await sepalLater('inspect', file);
  assert.ok(view.parameters > 0);
  await assert.rejects(sepalLater('evaluate', file, '--evaluation', part('speech')), operator);
}

/** @param {Entry} entry */
async function examine(entry) {
  const subject = SUBJECTS.find(({ models }) => models.test(entry.file));
  assert.ok(subject, 'there is no set for it');
  const exam = new Examination(entry, subject);
  await exam.step('inspect', async () => {
    const layers = await exam.inspect();
    const values = Object.fromEntries(layers.map((name) => [name, 'int8']));
    const plan = (/** @type {string} */ name, /** @type {object} */ rest) =>
      planFile(`models/${exam.name}/${name}-plan`, {}, rest);
    await exam.step('accuracy', () => exam.accuracy());
    await exam.step('outputs', () => exam.outputs());
    await exam.step('keep', () => exam.compressed('keep', 'float', ['--plan', plan('keep', {})]));
    await exam.step('int8', () => exam.compressed('int8', 'int8', ['--plan', plan('int8', { values })]));
    const factors = NARROW.test(entry.file) ? NARROW_LOW_RANK : LOW_RANK;
    await exam.step('low_rank', () => exam.compressed('low_rank', 'float', factors));
  });
  table[entry.file] = { ...exam.found, problems: exam.problems };
  writeFileSync(join(sets, 'table.json'), JSON.stringify(table, null, 1));
  return exam.problems;
}

test('the manifest is read', () => {
  const text = '- **models/a/b.onnx**: 12 B, 3 params, ONNX\n  - accuracy 99.5 % on some set (n=300), ORT\n';
  assert.deepEqual(entries(text), [
    { file: 'a/b.onnx', parameters: 3, accuracies: [{ percent: 99.5, set: 'some set', samples: 300 }] },
  ]);
});

describe('models of ../shared/data', { skip: absent, concurrency: 2 }, () => {
  for (const entry of models()) {
    test(entry.file, async () => {
      const operator = STOPPED.get(entry.file);
      if (operator !== undefined) {
        await stopped(entry, operator);
        return;
      }
      assert.deepEqual(await examine(entry), []);
    });
  }
});
