/**
 * @file npm run bench:device: what the default models take on emulated Cortex-M0, M3 and M4 cores, as they are in 8
 * bits and compressed, beside what other runtimes take. Instructions are exact counts.
 *
 *     node tests/bench/device.mjs [--json] [--model lenet-300-100,watch-cnn]
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, Stop, say, start } from '../../crate/wasm/command.mjs';
import { ensurePackages } from '../../www/packages.mjs';
import { kernelDefines } from '../device/artifact.mjs';
import { BOARDS } from '../device/board.mjs';
import { measure } from '../device/measure.mjs';
import { exportModel, MODELS, VARIANTS } from '../device/models.mjs';
import { ensureDeviceTools } from '../device/tools.mjs';
import { releaseProgram } from './device/program.mjs';
import { fullSets } from './device/sets.mjs';
import { PEERS, TARGETS } from './device/targets.mjs';

const OUTPUT = join(ROOT, 'tests/output/bench-device');
/** The boards whose cores are told apart, by the names in the results. */
const CORES = ['m0', 'm3', 'm4'];

/**
 * @typedef {{ model: string, variant: string, core: string, instructions: number, text_bytes: number,
 *   data_bytes: number, arena_bytes: number, stack_bytes: number, accuracy: number, samples: number }} Row
 */

/**
 * Measures one variant of a model on all cores.
 * @param {import('../device/models.mjs').Model} model
 * @param {import('../device/models.mjs').Variant} variant
 * @returns {Promise<Row[]>}
 */
async function measureVariant(model, variant) {
  const sets = fullSets(model);
  const folder = join(OUTPUT, `${model.id}-${variant}`);
  mkdirSync(folder, { recursive: true });
  const exported = exportModel(releaseProgram, { ...model, sets }, variant, { folder, prefer: 'fast' });
  const { score } = exported.report.device.verified;
  const defines = kernelDefines(readFileSync(exported.artifact));
  const rows = [];
  for (const core of CORES) {
    const board = BOARDS.find(({ name }) => name === core);
    if (board === undefined) {
      throw new Stop(`There is no board ${core}.`);
    }
    const found = await measure(exported.artifact, exported.input, board, { defines });
    rows.push({
      model: model.id,
      variant,
      core,
      instructions: Math.round(found.instructions.mean),
      text_bytes: found.textBytes,
      data_bytes: found.dataBytes,
      arena_bytes: found.arenaBytes,
      stack_bytes: found.stackBytes,
      accuracy: (100 * score.correct) / score.samples,
      samples: score.samples,
    });
  }
  return rows;
}

/** @param {Row} row */
function line(row) {
  const cells = [
    row.model.padEnd(14),
    row.variant.padEnd(11),
    row.core,
    (row.instructions / 1e6).toFixed(4).padStart(9),
    String(row.text_bytes).padStart(8),
    String(row.data_bytes).padStart(8),
    String(row.arena_bytes).padStart(8),
    String(row.stack_bytes).padStart(6),
    row.accuracy.toFixed(2).padStart(7),
  ];
  return cells.join('  ');
}

/** @param {Row[]} rows */
function report(rows) {
  say('model           variant      on     M insns      code      data     arena   stack   accuracy');
  rows.forEach((row) => {
    say(line(row));
  });
  say('\nOther runtimes, measured before on the same emulated core with random weights of the same shapes:');
  PEERS.forEach((peer) => {
    say(`  ${peer}`);
  });
  say('\nTargets:');
  TARGETS.map((target) => target(rows)).forEach((sentence) => {
    say(`  ${sentence}`);
  });
}

/** @param {string[]} args */
async function main(args) {
  ensurePackages();
  ensureDeviceTools();
  const at = args.indexOf('--model');
  const wanted = at < 0 ? MODELS.map(({ id }) => id) : (args[at + 1] ?? '').split(',');
  const rows = [];
  for (const model of MODELS.filter(({ id }) => wanted.includes(id))) {
    for (const variant of VARIANTS) {
      rows.push(...(await measureVariant(model, variant)));
    }
  }
  if (rows.length === 0) {
    throw new Stop(`There is no such model; there are ${MODELS.map(({ id }) => id).join(', ')}.`);
  }
  if (args.includes('--json')) {
    say(JSON.stringify(rows, null, 2));
  } else {
    report(rows);
  }
}

await start(import.meta, () => main(process.argv.slice(2)));
