/**
 * From a device to a file that runs on it: limits, what is over them, the verification, and the package.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, percentIn, publicFile, type Sepal, test } from './page.ts';
import { unzip } from './zip.ts';

const FILES = ['model.sepal', 'model.h', 'sepal.h', 'main.c', 'selftest.h', 'README.md', 'report.json'];

/** Bytes as the page prints them. */
const bytesIn = (text: string): number => {
  const match = /([\d.,]+)\s(B|kB|MB)/.exec(text);
  return Number((match?.[1] ?? '').replace(',', '')) * { B: 1, kB: 1e3, MB: 1e6 }[match?.[2] as 'B' | 'kB' | 'MB'];
};

const verify = async (sepal: Sepal): Promise<string> => {
  await sepal.page.getByRole('button', { name: 'Verify' }).click();
  await expect(sepal.part('verification')).toHaveAttribute('data-state', 'verified');
  return sepal.part('verification').innerText();
};

test('a device gives limits: what is too much is said, and which layer to cut', async ({ sepal }) => {
  await sepal.open();
  await expect(sepal.picker('Device')).toContainText('STM32F103C8');
  await sepal.choose('Device', 'STM32F405RG');
  await expect(sepal.part('device-flash')).toHaveAttribute('data-state', 'within');
  await expect(sepal.part('device-flash')).toContainText(/of 1\.05\sMB/);
  await expect(sepal.part('device-advice')).toHaveCount(0);

  await sepal.choose('Device', 'micro:bit');
  await expect(sepal.part('device-arena')).toContainText(/of 16\.4\skB/);
  await sepal.choose('Device', 'STM32F103C8');
  const flash = sepal.part('device-flash');
  await expect(flash).toHaveAttribute('data-state', 'over');
  const used = bytesIn(await flash.locator('.cost-value').innerText());
  const over = bytesIn(await flash.getByText('over by').innerText());
  expect(Math.abs(used - over - 65_536)).toBeLessThan(0.01 * used);
  await expect(sepal.part('device-advice')).toContainText('cut fc1 first');
});

test('a faster device takes less time, one for comparison has no limits, and none shows nothing', async ({ sepal }) => {
  const millis = async (): Promise<number> => {
    const [, value, unit] = /≈ ([\d.]+)\s(s|ms|µs) ± \d+\s%/.exec(await sepal.part('device-time').innerText()) ?? [];
    return Number(value) * { s: 1e3, ms: 1, µs: 1e-3 }[unit as 's' | 'ms' | 'µs'];
  };
  await sepal.open();
  await sepal.choose('Device', 'micro:bit');
  await expect(sepal.part('device-time')).toContainText('micro:bit');
  const slow = await millis();
  await sepal.choose('Device', 'STM32F746NG');
  await expect(sepal.part('device-time')).toContainText('STM32F746NG');
  expect(await millis()).toBeLessThan(slow / 10);
  await sepal.choose('Device', 'Tegra K1');
  await expect(sepal.part('device-time')).toContainText('rough');
  await expect(sepal.part('device-flash')).toHaveCount(0);
  await sepal.choose('Device', 'No device');
  await expect(sepal.part('device')).toHaveCount(0);
});

test('the device is remembered', async ({ sepal, page }) => {
  await sepal.open();
  await sepal.choose('Device', 'ESP32-C3');
  await page.reload();
  await expect(sepal.picker('Device')).toContainText('ESP32-C3');
});

test("the device's flash is a line in the curves where it is in sight", async ({ sepal }) => {
  await sepal.open();
  await sepal.curveFull();
  await expect(sepal.part('plot-trade').locator('.rule.device')).toHaveCount(1);
  await expect(sepal.part('plot-trade')).toContainText('STM32F103C8');
  await expect(sepal.part('plot-quality').locator('.rule.device')).toHaveCount(1);
  await expect(sepal.part('plot-quality')).toContainText(/(fits|too large for) STM32F103C8/);
  // Where the line is on the slider, the card begins to say so.
  await sepal.slider('Rank').fill('10');
  await sepal.settled();
  await expect(sepal.part('device-flash')).toHaveAttribute('data-state', 'within');
  await sepal.choose('Device', 'ESP32-C3');
  await expect(sepal.part('plot-trade').locator('.rule.device')).toHaveCount(0);
  await expect(sepal.part('plot-quality')).not.toContainText('ESP32-C3');
});

test('what was verified is said of these settings only', async ({ sepal }) => {
  await sepal.open();
  await expect(sepal.part('verification')).toHaveAttribute('data-state', 'none');
  const first = await verify(sepal);
  expect(first).toMatch(/[\d.]+\s% on 1,000 samples by the runtime, agreement [\d.]+\s% with the float model/);
  expect(first).toMatch(/arena [\d,]+ of [\d,]+\sB, CRC\s[0-9a-f]{8}/);
  await sepal.slider('Rank').fill('40');
  await expect(sepal.part('verification')).toHaveAttribute('data-state', 'stale');
  await expect(sepal.part('verification')).not.toContainText('by the runtime');
  await sepal.slider('Rank').fill('25');
  await expect(sepal.part('verification')).toHaveAttribute('data-state', 'verified');
  expect(await sepal.part('verification').innerText()).toBe(first);
  await sepal.slider('Rank').fill('40');
  await sepal.settled();
  expect(await verify(sepal)).not.toBe(first);
});

test('a verification can be called off', async ({ sepal }) => {
  await sepal.open();
  await sepal.page.getByRole('button', { name: 'Verify' }).click();
  const line = sepal.part('verification');
  await line.getByRole('button', { name: 'Cancel' }).click();
  await expect(line).toHaveAttribute('data-state', 'none');
  await verify(sepal);
});

test('the package is verified before it is handed out, and says so', async ({ sepal }) => {
  await sepal.open();
  await sepal.choose('Device', 'micro:bit');
  const path = await sepal.download(/^Download for micro:bit/);
  expect(basename(path)).toBe('lenet-300-100.sepal.zip');
  await expect(sepal.part('verification')).toHaveAttribute('data-state', 'verified');
  const said = await sepal.part('verification').innerText();

  const files = unzip(readFileSync(path));
  const names = [...files.keys()].map((name) => name.split('/').pop() ?? '');
  expect(names).toEqual(expect.arrayContaining(FILES));
  expect(names.some((name) => name.endsWith('.onnx'))).toBe(true);
  const find = (name: string): Buffer => files.get([...files.keys()].find((key) => key.endsWith(name)) ?? '') as Buffer;
  const artifact = find('model.sepal');
  expect(artifact.readUInt32LE(8)).toBe(artifact.length);
  expect(said).toContain(artifact.readUInt32LE(12).toString(16).padStart(8, '0'));
  expect(said).toContain(`of ${artifact.readUInt32LE(16).toLocaleString('en-GB')}`);
  const report = JSON.parse(find('report.json').toString('utf8'));
  expect(JSON.stringify(report.device?.verified ?? null)).toContain(
    artifact.readUInt32LE(12).toString(16).padStart(8, '0'),
  );
  expect(percentIn(said)).toBeGreaterThan(90);
});

test('without a test set the package can be had, but is not called verified', async ({ sepal }) => {
  await sepal.open();
  await sepal.give('drop', 'other.onnx', readFileSync(publicFile('model/watch-cnn.onnx')));
  await expect(sepal.picker('Model')).toContainText('other');
  await sepal.settled();
  await expect(sepal.part('verification')).toContainText('need calibration samples');
  await expect(sepal.page.getByRole('button', { name: /^Download for/ })).toBeDisabled();
  await sepal.upload('Calibration', publicFile('sample/watch-calibration.npz'));
  await sepal.settled();
  await expect(sepal.part('verification')).toContainText('no labelled test set');
  expect(unzip(readFileSync(await sepal.download(/^Download for/))).size).toBeGreaterThan(FILES.length);
});
