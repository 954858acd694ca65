/**
 * What weights are fitted to, how their values are stored, and the methods to choose from.
 */
import { readFileSync } from 'node:fs';
import { defaults, expect, publicFile, test } from './page.ts';

const [lenet300, lenet5, watch] = defaults;

test('a convolution can be given fewer channels, and pruned', async ({ sepal }) => {
  await sepal.open();
  await expect(sepal.method('Channels')).toHaveCount(0);
  await sepal.choose('Model', watch?.title ?? '');
  await expect(sepal.picker('Model')).toContainText(watch?.title ?? '');
  await sepal.settled();
  const before = await sepal.figures();
  await sepal.method('Channels').check();
  await sepal.settled();
  await expect(sepal.part('layer-conv2').getByRole('combobox', { name: 'Method of conv2' })).toHaveValue('channel');
  for (const [index, text] of (await sepal.figures()).entries()) expect(text).not.toBe(before[index]);

  await sepal.method('Pruning').check();
  await expect(sepal.slider('Rank')).toHaveCount(0);
  await sepal.slider('Sparsity').fill('90');
  await sepal.settled();
  const denser = await sepal.accuracy();
  await sepal.slider('Sparsity').fill('99');
  await sepal.settled();
  expect(await sepal.accuracy()).toBeLessThan(denser);
});

test('fitted to outputs, less is lost than fitted to weights', async ({ sepal }) => {
  await sepal.open();
  await expect(sepal.method('Outputs')).toBeChecked();
  await sepal.slider('Rank').fill('8');
  await sepal.settled();
  await expect(sepal.part('fitted')).toContainText('to the old outputs');
  const outputs = await sepal.accuracy();
  await sepal.method('Weights').check();
  await sepal.settled();
  await expect(sepal.part('fitted')).toContainText('to the old weights');
  await expect(sepal.part('weight-error')).toBeVisible();
  expect(await sepal.accuracy()).toBeLessThan(outputs);
});

test('front to back: less is lost, and the curve has few points, each of its own fit', async ({ sepal }) => {
  await sepal.open();
  await sepal.choose('Model', watch?.title ?? '');
  await expect(sepal.picker('Model')).toContainText(watch?.title ?? '');
  await sepal.settled();
  const alone = await sepal.accuracy();
  await sepal.method('Front to back').check();
  await sepal.settled();
  await expect(sepal.part('fitted')).toContainText('front to back');
  expect(await sepal.accuracy()).toBeGreaterThan(alone);
  await sepal.curveFull();
  // Those of very low accuracy lie below the axis.
  const points = await sepal.part('plot-quality').locator('.series.quality circle').count();
  expect(points).toBeGreaterThan(2);
  expect(points).toBeLessThanOrEqual(5);
});

test('stored in fewer bits, a model has fewer bytes: at once, and when it is applied', async ({ sepal }) => {
  await sepal.open();
  const float = await sepal.memory();
  const rank = sepal.slider('Rank');
  const breakEven = sepal.page.locator('.global .slider-tick');
  await expect(breakEven).toHaveCount(1);
  await sepal.page.getByLabel('Values stored as').selectOption('8 values');
  expect(await sepal.memory()).not.toBe(float);
  // With a tenth of the bytes, no rank is too dear.
  await expect(breakEven).toHaveCount(0);
  await sepal.settled();
  await expect(sepal.part('fitted')).toContainText('8 values');
  await expect(rank).toHaveAttribute('aria-valuetext', /kilobytes/);

  const row = sepal.part('layer-fc3');
  await row.getByLabel('Values of fc3').selectOption('int8');
  await expect(row.getByRole('button', { name: /^Lock/ })).toHaveAttribute('aria-pressed', 'true');
  await sepal.settled();
  await expect(sepal.part('fitted')).toContainText('several ways');
});

test('samples without labels that are dropped are fitted to, and said to be', async ({ sepal }) => {
  await sepal.open();
  await sepal.curveFull();
  const accuracy = await sepal.accuracy();
  await sepal.give('drop', 'unlabelled.npz', readFileSync(publicFile(lenet5?.calibration ?? '')));
  await expect(sepal.part('banner')).toContainText('no labels');
  await expect(sepal.picker('Calibration')).toContainText('unlabelled');
  await expect(sepal.picker('Test set')).toContainText('1,000 samples');
  await sepal.settled();
  // The same samples by another name: the same fit, and the original's accuracy is still there.
  expect(await sepal.accuracy()).toBe(accuracy);
  await sepal.baseIs((lenet300?.pageSet.accuracy ?? 0).toFixed(1));
});

test('a test set can be calibration samples too, if it is opened as such', async ({ sepal }) => {
  await sepal.open();
  await sepal.upload('Calibration', publicFile(lenet5?.evaluation ?? ''));
  await expect(sepal.picker('Calibration')).toContainText('1,000 samples');
  await sepal.settled();
});

test('without calibration samples only weights can be fitted to, with a sentence why', async ({ sepal }) => {
  await sepal.open();
  await sepal.upload('Model', publicFile(watch?.model ?? ''));
  await expect(sepal.part('banner')).toContainText('does not fit');
  await sepal.settled();
  await expect(sepal.method('Weights')).toBeChecked();
  await expect(sepal.method('Outputs')).toBeDisabled();
  await expect(sepal.part('fit-hint')).toContainText('calibration');
  await sepal.upload('Calibration', publicFile(watch?.calibration ?? ''));
  await expect(sepal.method('Outputs')).toBeChecked();
  await sepal.settled();
  await expect(sepal.part('output-error')).toBeVisible();
});
