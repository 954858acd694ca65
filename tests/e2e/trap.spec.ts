/**
 * Files that end the engine: real traps and endless loops. The worker's script is served with a few lines in front
 * that spoil the engine's memory, or never return, when a marked name reaches it; nothing of that is in the page.
 */
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { expect, fixture, type Sepal, test } from './page.ts';

/** A name with these letters reaches the engine through TextEncoder, with a view into its memory. */
const TRAP = 'tr\u00e4p';
const LOOP = 'l\u00f6\u00f6p';

const SABOTAGE = `
  const { encodeInto } = TextEncoder.prototype;
  TextEncoder.prototype.encodeInto = function (text, view) {
    if (text.includes('\u00e4p')) new Uint8Array(view.buffer).fill(0xff);
    if (text.includes('\u00f6\u00f6p')) for (;;);
    return encodeInto.call(this, text, view);
  };
`;

const sabotaged = async (page: Page): Promise<void> => {
  await page.route('**/assets/engine.worker-*.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${SABOTAGE}${await response.text()}` });
  });
};

const bytes = readFileSync(fixture('model/dense.onnx'));
const upload = (sepal: Sepal, name: string): Promise<void> =>
  sepal.upload('Model', { name, mimeType: 'application/octet-stream', buffer: bytes });

const stillThere = async (sepal: Sepal, accuracy: number): Promise<void> => {
  await sepal.slider('Rank').fill('37');
  await sepal.settled();
  await sepal.slider('Rank').press('Backspace');
  await sepal.settled();
  expect(await sepal.accuracy()).toBe(accuracy);
};

test('a file that traps the engine twice is refused with a report, and nothing is lost', async ({ sepal, page }) => {
  await sabotaged(page);
  await sepal.open();
  const accuracy = await sepal.accuracy();
  await upload(sepal, `${TRAP}.onnx`);
  const banner = sepal.part('banner');
  await expect(banner).toContainText('stop twice');
  await banner.getByText('What it says').click();
  const report = await sepal.part('crash-report').innerText();
  expect(report).toContain(`${TRAP}.onnx, ${bytes.length} bytes, SHA-256`);
  expect(report).toMatch(/Stage: open[\s\S]*Error: \w+[\s\S]*Browser: .*Chrom/);
  await sepal.screenshot('refused-wide-light');
  await stillThere(sepal, accuracy);

  // The same file is not tried again, under whatever name; another one is.
  const workers = page.workers().length;
  await upload(sepal, 'renamed.onnx');
  await expect(banner).toContainText('stop twice');
  expect(page.workers().length).toBe(workers);
  await sepal.upload('Model', fixture('model/picture.onnx'));
  await expect(sepal.picker('Model')).toContainText('picture');
});

test('an endless loop is ended, once more tried, and then refused', async ({ sepal, page }) => {
  test.setTimeout(240_000);
  await page.clock.install();
  await sabotaged(page);
  await sepal.open();
  const accuracy = await sepal.accuracy();
  await upload(sepal, `${LOOP}.onnx`);
  await expect(sepal.part('opening')).toBeVisible();
  // Time passes for the page; the workers need some of their own to start again.
  await expect
    .poll(
      async () => {
        await page.clock.runFor(20_000);
        return sepal.part('banner').count();
      },
      { timeout: 100_000 },
    )
    .toBe(1);
  await expect(sepal.part('banner')).toContainText('stop twice');
  await sepal.part('banner').getByText('What it says').click();
  await expect(sepal.part('crash-report')).toContainText('no answer for two minutes');
  await stillThere(sepal, accuracy);
});

for (const worker of ['session', 'evaluate']) {
  test(`a trap of the ${worker} worker while sliding: another takes its place`, async ({ sepal, page }) => {
    await sepal.open();
    await sepal.curveFull();
    const accuracy = await sepal.accuracy();
    for (const one of page.workers()) {
      await one.evaluate((name) => {
        if (self.name !== name) return;
        // Whatever goes into the engine's memory next, or is read out of it, finds it spoilt.
        const spoil = (view: Uint8Array): void => {
          if (view.byteLength < view.buffer.byteLength || view.byteLength > 1e6) new Uint8Array(view.buffer).fill(0xff);
        };
        const { decode } = TextDecoder.prototype;
        TextDecoder.prototype.decode = function (view, options) {
          if (view) spoil(view as Uint8Array);
          return decode.call(this, view, options);
        };
        const typed = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;
        const { set } = typed;
        typed.set = function (values, offset) {
          set.call(this, values, offset);
          spoil(this as Uint8Array);
        };
      }, worker);
    }
    await sepal.slider('Rank').fill('37');
    await expect(page.getByText('The engine restarted')).toBeVisible();
    await sepal.settled();
    await sepal.slider('Rank').press('Backspace');
    await sepal.settled();
    expect(await sepal.accuracy()).toBe(accuracy);
  });
}
