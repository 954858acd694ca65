/**
 * What is handed out is what was shown: opened again, it has the same sizes and the same accuracy.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, percentIn, ROOT, test } from './page.ts';

const OUTPUT = join(ROOT, 'tests/output/download');

test('download and open again', async ({ sepal, page }) => {
  await sepal.open();
  const accuracy = await sepal.accuracy();
  const memory = await sepal.part('cost-memory').locator('.cost-value').innerText();
  const macs = await sepal.part('cost-macs').locator('.cost-value').innerText();

  const waiting = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Compressed model' }).click();
  const download = await waiting;
  const path = join(OUTPUT, download.suggestedFilename());
  await download.saveAs(path);
  expect(path).toMatch(/\.sepal\.onnx$/);

  await sepal.upload('Model', path);
  await expect(sepal.picker('Model')).toContainText('.sepal');
  await sepal.settled();
  expect(percentIn(await sepal.part('base-accuracy').innerText())).toBe(accuracy);
  await expect(sepal.part('cost-memory')).toContainText(`from ${memory}`);
  await expect(sepal.part('cost-macs')).toContainText(`from ${macs}`);
});

test('the report says settings, sizes and accuracy', async ({ sepal, page }) => {
  await sepal.open();
  const accuracy = await sepal.accuracy();
  const waiting = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Report' }).click();
  const download = await waiting;
  const path = join(OUTPUT, download.suggestedFilename());
  await download.saveAs(path);
  const report = JSON.parse(readFileSync(path, 'utf8'));
  expect(report).toMatchObject({ plan: { layers: expect.anything() }, bytes: expect.any(Number), samples: 1000 });
  expect(report.accuracy).toBeCloseTo(accuracy, 9);
});

test('the device binary has its place, and says what it waits for', async ({ sepal, page }) => {
  await sepal.open();
  await expect(page.getByRole('button', { name: 'Device binary' })).toBeDisabled();
  await expect(page.getByText('comes with the device runtime')).toBeVisible();
});
