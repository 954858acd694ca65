/**
 * Models that need a word more than their file says: weights beside them, sizes left open, several outputs, integers,
 * operators that cannot be run; and measures other than the share of right answers.
 */
import { readFileSync } from 'node:fs';
import { expect, fixture, type Sepal, test } from './page.ts';

const openModel = async (sepal: Sepal, ...files: string[]): Promise<void> => {
  await sepal.open();
  await sepal.upload('Model', ...files.map((file) => fixture(`model/${file}`)));
  await expect(sepal.picker('Model')).toContainText(files[0]?.replace(/\.onnx$/, '') ?? '');
  await sepal.settled();
};

test('weights in a file beside the model', async ({ sepal }) => {
  await sepal.open();
  await sepal.upload('Model', fixture('model/external.onnx'));
  await expect(sepal.part('banner')).toContainText('open external.onnx and external.onnx.data together');
  await sepal.upload('Model', fixture('model/external.onnx.data'), fixture('model/external.onnx'));
  await expect(sepal.picker('Model')).toContainText('external');
  await sepal.settled();
  await expect(sepal.part('error')).toHaveAttribute('data-state', 'exact');
  // What is handed out has its weights inside.
  expect(readFileSync(await sepal.download(/^ONNX/)).length).toBeGreaterThan(500);
});

for (const name of ['qdq', 'qoperator', 'dynamic', 'half', 'lstm', 'function', 'several', 'batch']) {
  test(`${name}.onnx: opened, compressed and handed out`, async ({ sepal }) => {
    await openModel(sepal, `${name}.onnx`);
    await expect(sepal.part('error')).toHaveAttribute('data-state', 'exact');
    await sepal.method('Pruning').check();
    await sepal.settled();
    expect(readFileSync(await sepal.download(/^ONNX/)).length).toBeGreaterThan(100);
  });
}

test('sizes that the file leaves open are asked for', async ({ sepal, page }) => {
  await openModel(sepal, 'symbolic.onnx');
  const before = await sepal.part('cost-macs').innerText();
  await page.getByRole('button', { name: /^Input sizes/ }).click();
  await sepal.screenshot('forms-sizes');
  await page.getByRole('textbox', { name: /^height/ }).fill('32');
  await page.getByRole('textbox', { name: /^width/ }).fill('48');
  await page.getByRole('button', { name: 'Open with these sizes' }).click();
  await expect(page.getByRole('button', { name: /^Input sizes/ })).toContainText('height = 32, width = 48');
  await sepal.settled();
  expect(await sepal.part('cost-macs').innerText()).not.toBe(before);
});

test('one of several outputs is measured', async ({ sepal, page }) => {
  await openModel(sepal, 'classifier.onnx');
  const outputs = page.getByRole('button', { name: /^Output/ });
  await expect(outputs).toContainText('probabilities');
  await outputs.click();
  await page.getByRole('button', { name: 'label' }).click();
  await expect(sepal.part('banner').or(outputs.getByText('label'))).toBeVisible();
});

test('operators that cannot be run are listed, and the rest works', async ({ sepal, page }) => {
  await openModel(sepal, 'unsupported.onnx');
  await expect(sepal.part('error')).toContainText('This model cannot be run here');
  await page.getByRole('button', { name: /^Not supported/ }).click();
  await expect(sepal.part('problems')).toContainText('Hardmax');
  await expect(sepal.part('problems')).toContainText('Frobnicate');
  await sepal.screenshot('forms-problems');
  await page.keyboard.press('Escape');
  const before = await sepal.memory();
  await sepal.method('Pruning').check();
  await sepal.settled();
  expect(await sepal.memory()).not.toBe(before);
});

test('values to be hit: an error; anomalies: the area under the curve', async ({ sepal }) => {
  await openModel(sepal, 'dense.onnx');
  await sepal.upload('Test set', fixture('data/targets.npz'));
  await expect(sepal.picker('Test set')).toContainText('6 samples');
  await sepal.settled();
  await expect(sepal.part('accuracy')).toContainText('Error (RMS)');
  await sepal.upload('Model', fixture('model/mirror.onnx'));
  await expect(sepal.picker('Model')).toContainText('mirror');
  await sepal.settled();
  await sepal.upload('Test set', fixture('data/anomalies.npz'));
  await sepal.settled();
  await expect(sepal.part('accuracy')).toContainText('AUC');
  await sepal.baseIs('77.8');
  await sepal.screenshot('forms-auc');
});

test('a zip of recordings: their features are what the model reads', async ({ sepal, page }) => {
  await openModel(sepal, 'sound.onnx');
  await sepal.upload('Test set', fixture('data/tones.zip'));
  await expect(sepal.picker('Test set')).toContainText('4 samples');
  await sepal.settled();
  await sepal.baseIs('50.0');
  await sepal.preprocessing();
  await expect(sepal.part('preprocess')).toContainText('10 mel-frequency coefficients');
  await expect(sepal.part('previews').locator('canvas')).toHaveCount(4);
  await sepal.screenshot('forms-recordings');
  await page.keyboard.press('Escape');
});
