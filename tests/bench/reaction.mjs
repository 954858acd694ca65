/**
 * @file Watches the page react to a slider: when bytes and multiply-accumulates change, when the first accuracy
 * of the new setting is there, when the final one, and when the curve is full. Knows the page by its data-testid
 * and data-state attributes only.
 */

/** @typedef {import('@playwright/test').Page} Page */
/** @typedef {{ costFrames: number, costMillis: number, firstMillis: number, exactMillis: number }} Reaction */

const EXACT = '[data-testid="accuracy"][data-state="exact"]';
const FULL = '[data-testid="filling"][data-state="full"]';
const GLOBAL = '.global input[type="range"]:not(:disabled)';
const OF_LAYER = '[data-testid^="layer-"] input[type="range"]:not(:disabled)';

/** Where the global slider goes, as shares of its length: between the points of the curve, back and forth. */
export const MOVES = [0.47, 0.22, 0.72, 0.34];
const CURVE_POINTS = 17;
const WAIT_MILLIS = 120_000;

/**
 * Opens the page and waits until its default model is evaluated and the first curve is full.
 * @param {Page} page
 * @param {string} address
 */
export async function open(page, address) {
  const started = performance.now();
  await page.goto(address);
  await page.waitForSelector(EXACT, { timeout: WAIT_MILLIS });
  const ready = performance.now();
  await page.waitForSelector(FULL, { timeout: WAIT_MILLIS, state: 'attached' });
  return { readyMillis: ready - started, curveMillis: performance.now() - ready };
}

/**
 * Moves the global slider once and watches until the final accuracy is there.
 * @param {Page} page
 * @param {number} share
 * @returns {Promise<Reaction>}
 */
export async function move(page, share) {
  const place = { slider: GLOBAL, share, points: CURVE_POINTS };
  const reaction = await page.evaluate(watchFigures, place);
  await page.waitForSelector(FULL, { timeout: WAIT_MILLIS, state: 'attached' });
  return reaction;
}

/**
 * Takes the slider of the first layer, which asks for a curve of its own, and waits until it is full.
 * @param {Page} page
 * @returns {Promise<number>} milliseconds from the slider's event
 */
export function fillCurve(page) {
  return page.evaluate(watchCurve, { slider: OF_LAYER, full: FULL });
}

/**
 * Runs in the page. A slider's value between two points of the curve, so that nothing about it is known yet.
 * @param {{ slider: string, share: number, points: number }} place
 * @returns {Promise<Reaction>}
 */
function watchFigures({ slider: selector, share, points }) {
  /** @param {string} id */
  const part = (id) => /** @type {HTMLElement} */ (document.querySelector(`[data-testid="${id}"]`));
  const figures = () => `${part('cost-memory').textContent} ${part('cost-macs').textContent}`;
  const slider = /** @type {HTMLInputElement} */ (document.querySelector(selector));
  const last = Number(slider.max);
  const known = new Set(Array.from({ length: points }, (_, index) => Math.round((index * last) / (points - 1))));
  let value = Math.round(share * last);
  while (known.has(value)) {
    value += 1;
  }
  return new Promise((resolve) => {
    /** @type {Partial<Reaction>} */
    const seen = {};
    const before = figures();
    let frames = 0;
    const look = () => {
      const millis = performance.now() - started;
      if (seen.costMillis === undefined && figures() !== before) {
        Object.assign(seen, { costMillis: millis, costFrames: frames });
      }
      const state = seen.costMillis === undefined ? 'old' : part('accuracy').dataset.state;
      if (state === 'coarse' || state === 'exact') {
        seen.firstMillis ??= millis;
      }
      if (state === 'exact') {
        observer.disconnect();
        resolve(/** @type {Reaction} */ ({ ...seen, exactMillis: millis }));
      }
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
    const count = () => {
      frames += 1;
      if (seen.costMillis === undefined) {
        requestAnimationFrame(count);
      }
    };
    const started = performance.now();
    slider.value = String(value);
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    requestAnimationFrame(count);
  });
}

/**
 * Runs in the page. The curve counts as new only once it was seen to be not full.
 * @param {{ slider: string, full: string }} place
 * @returns {Promise<number>}
 */
function watchCurve({ slider: selector, full }) {
  const slider = /** @type {HTMLInputElement} */ (document.querySelector(selector));
  return new Promise((resolve) => {
    let filling = false;
    const observer = new MutationObserver(() => {
      const isFull = document.querySelector(full) !== null;
      if (isFull && filling) {
        observer.disconnect();
        resolve(performance.now() - started);
      }
      filling ||= !isFull;
    });
    observer.observe(document.body, { subtree: true, childList: true, attributes: true });
    const started = performance.now();
    slider.focus();
    slider.value = String(Math.round(Number(slider.max) * 0.4));
    slider.dispatchEvent(new Event('input', { bubbles: true }));
  });
}
