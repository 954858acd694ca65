/**
 * @file npm run bench: the page's reaction times in the system's Chromium, with LeNet-300-100, as medians beside
 * what they should be. Says, never judges: other work on the machine makes every number larger.
 *
 *     node tests/bench/run.mjs [--rounds 5] [--json]
 */
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { ROOT, Stop, say, start } from '../../crate/wasm/command.mjs';
import { serve } from '../../www/start.mjs';
import { findChromium } from '../e2e/chromium.mjs';
import { fillCurve, MOVES, move, open } from './reaction.mjs';

const ROUNDS = 5;
const OPTIONS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];

/**
 * One line of the table. `limit` is what issue 2 asks for, where it asks.
 * @typedef {{ name: string, unit: string, limit: number | null }} Measure
 * @typedef {'ready' | 'costFrames' | 'cost' | 'first' | 'exact' | 'curve' | 'layerCurve'} MeasureId
 */

/** @type {Record<MeasureId, Measure>} */
const MEASURES = {
  ready: { name: 'page opened, accuracy final', unit: 'ms', limit: null },
  costFrames: { name: 'slider to bytes and MACs', unit: 'frames', limit: 1 },
  cost: { name: 'slider to bytes and MACs', unit: 'ms', limit: null },
  first: { name: 'slider to first accuracy', unit: 'ms', limit: 150 },
  exact: { name: 'slider to final accuracy', unit: 'ms', limit: 1000 },
  curve: { name: 'first curve of 17 points', unit: 'ms', limit: 5000 },
  layerCurve: { name: "a layer's slider to its full curve", unit: 'ms', limit: 5000 },
};

/** @typedef {Record<MeasureId, number[]>} Values */

/**
 * The middle value, or the mean of the two middle ones.
 * @param {number[]} values
 */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  return (lower + upper) / 2;
}

/**
 * One round in a fresh page.
 * @param {import('@playwright/test').Browser} browser
 * @param {string} address
 * @param {Values} values
 */
async function round(browser, address, values) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const opened = await open(page, address);
  values.ready.push(opened.readyMillis);
  values.curve.push(opened.curveMillis);
  for (const share of MOVES) {
    const reaction = await move(page, share);
    values.costFrames.push(reaction.costFrames);
    values.cost.push(reaction.costMillis);
    values.first.push(reaction.firstMillis);
    values.exact.push(reaction.exactMillis);
  }
  values.layerCurve.push(await fillCurve(page));
  await page.close();
}

/**
 * @param {number} rounds
 * @param {boolean} quiet
 */
async function measure(rounds, quiet) {
  const { address, close } = await serve();
  const { chromium } = await import('@playwright/test');
  const browser = await chromium.launch({ executablePath: findChromium(), args: OPTIONS });
  /** @type {Values} */
  const values = { ready: [], costFrames: [], cost: [], first: [], exact: [], curve: [], layerCurve: [] };
  try {
    for (let index = 0; index < rounds; index += 1) {
      if (!quiet) {
        say(`Round ${index + 1} of ${rounds}.`);
      }
      await round(browser, address, values);
    }
    return { browser: `Chromium ${browser.version()}`, values };
  } finally {
    await browser.close();
    await close();
  }
}

/** @param {Values} values */
function rowsOf(values) {
  const ids = /** @type {MeasureId[]} */ (Object.keys(MEASURES));
  return ids.map((id) => ({
    id,
    ...MEASURES[id],
    median: Number(median(values[id]).toFixed(1)),
    worst: Number(Math.max(...values[id]).toFixed(1)),
    runs: values[id].length,
  }));
}

/** @param {ReturnType<typeof rowsOf>} rows */
function printTable(rows) {
  say(
    `\n${'measure'.padEnd(36)}${'unit'.padEnd(8)}${'median'.padStart(9)}${'worst'.padStart(9)}${'asked'.padStart(9)}`,
  );
  for (const { name, unit, median: middle, worst, limit } of rows) {
    const asked = limit === null ? '' : `<= ${limit}`;
    const over = limit !== null && middle > limit ? '  over' : '';
    const numbers = [middle, worst].map((value) => value.toFixed(unit === 'ms' ? 1 : 0).padStart(9)).join('');
    say(`${name.padEnd(36)}${unit.padEnd(8)}${numbers}${asked.padStart(9)}${over}`);
  }
}

/** @param {string[]} args */
function roundsOf(args) {
  const at = args.indexOf('--rounds');
  const rounds = at < 0 ? ROUNDS : Number(args[at + 1]);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new Stop('--rounds needs a whole number from 1.');
  }
  return rounds;
}

/** Brings the site up to date, and keeps standard output free for the result. */
function build() {
  const done = spawnSync(process.execPath, ['www/build.mjs'], { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (done.status !== 0) {
    throw new Stop('There is no page to measure: the build failed, the reason is above.');
  }
}

/** @param {string[]} args */
async function main(args) {
  const rounds = roundsOf(args);
  const json = args.includes('--json');
  build();
  const { browser, values } = await measure(rounds, json);
  const machine = `${cpus().length} cores, ${cpus()[0]?.model.trim() ?? 'unknown'}`;
  const rows = rowsOf(values);
  if (json) {
    say(JSON.stringify({ machine, browser, rounds, measures: rows }, null, 2));
    return;
  }
  printTable(rows);
  say(`\n${browser}, ${machine}, ${rounds} rounds`);
}

await start(import.meta, () => main(process.argv.slice(2)));
