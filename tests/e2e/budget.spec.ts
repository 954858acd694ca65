/**
 * Fit to budget, from the limits to the plan, on the smallest of the models.
 */
import { defaults, expect, type Sepal, test } from './page.ts';

const watch = defaults.find(({ id }) => id === 'watch-cnn');

const openWatch = async (sepal: Sepal): Promise<void> => {
  await sepal.open();
  await sepal.choose('Model', watch?.title ?? '');
  await expect(sepal.picker('Model')).toContainText(watch?.title ?? '');
  await sepal.settled();
  await sepal.curveFull();
};

const kilobytes = (text: string): number => Number(/([\d.]+)\s(k?)B/.exec(text)?.[1]) / (/\skB/.test(text) ? 1 : 1000);

test('a plan within the memory, measured, adjustable, and the way back', async ({ sepal, page }) => {
  await openWatch(sepal);
  const figures = await sepal.figures();
  await sepal.search({ Memory: '5' });
  await expect(sepal.part('search')).toHaveAttribute('data-state', 'found');
  await expect(sepal.part('search')).toContainText('What holds it back: memory.');
  await expect(sepal.part('search')).toContainText('change class');
  await expect(page.getByRole('img', { name: 'What each size would lose' })).toHaveCount(1);
  await page.getByRole('button', { name: 'Show the result' }).click();
  await sepal.settled();
  expect(kilobytes(await sepal.memory())).toBeLessThanOrEqual(5);
  expect(await sepal.accuracy()).toBeGreaterThan((watch?.pageSet.accuracy ?? 0) - 3);
  await expect(sepal.part('fitted')).toContainText('front to back');

  const chosen = page.locator('tr[data-chosen="true"]');
  await chosen.getByRole('combobox', { name: /^Values/ }).selectOption('float32');
  await sepal.settled();
  await expect(chosen.getByRole('button', { name: /^Lock/ })).toHaveAttribute('aria-pressed', 'true');

  await page.getByRole('button', { name: 'Fit to budget' }).click();
  await page.getByRole('button', { name: 'Back to the settings before' }).click();
  await page.keyboard.press('Escape');
  await sepal.settled();
  expect(await sepal.figures()).toEqual(figures);
});

test('a locked layer stays as it is, one that is only kept may be chosen for', async ({ sepal, page }) => {
  await openWatch(sepal);
  const conv3 = sepal.part('layer-conv3');
  await conv3.getByRole('button', { name: /^Lock/ }).click();
  const rank = await conv3.getByRole('slider').inputValue();
  await sepal.search({ Memory: '9' });
  await expect(sepal.part('search')).toHaveAttribute('data-state', 'found');
  await page.getByRole('button', { name: 'Show the result' }).click();
  await sepal.settled();
  await expect(conv3.getByRole('combobox', { name: /^Method/ })).toHaveValue('low_rank');
  await expect(conv3.getByRole('combobox', { name: /^Values/ })).toHaveValue('float');
  await expect(conv3.getByRole('slider')).toHaveValue(rank);
  await expect(sepal.part('layer-fc').getByRole('combobox', { name: /^Values/ })).not.toHaveValue('float');
});

test('as small as a loss allows', async ({ sepal, page }) => {
  await openWatch(sepal);
  await sepal.search({ Memory: '', 'Accuracy lost': '2' });
  await expect(sepal.part('search')).toHaveAttribute('data-state', 'found');
  await expect(sepal.part('search')).toContainText('on the test set');
  await page.getByRole('button', { name: 'Show the result' }).click();
  expect(await sepal.accuracy()).toBeGreaterThanOrEqual((watch?.pageSet.accuracy ?? 0) - 2);
  expect(kilobytes(await sepal.memory())).toBeLessThan(8);
});

test('it can be stopped: with a plan it is taken, without one nothing changes', async ({ sepal, page }) => {
  await openWatch(sepal);
  const figures = await sepal.figures();
  await page.getByRole('button', { name: 'Fit to budget' }).click();
  await page.getByRole('checkbox', { name: /^Double sparse/ }).check();
  await sepal.search({ Memory: '5' });
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(sepal.part('search')).toHaveAttribute('data-state', 'stopped');
  await page.keyboard.press('Escape');
  await sepal.settled();
  expect(await sepal.figures()).toEqual(figures);

  await page.getByRole('button', { name: 'Fit to budget' }).click();
  await page.getByRole('checkbox', { name: /^Double sparse/ }).uncheck();
  await sepal.search({ Memory: '5' });
  await expect(page.getByText('Try plans around it').locator('..')).toHaveAttribute('data-step', 'now');
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(sepal.part('search')).toHaveAttribute('data-state', 'found');
  await expect(sepal.part('search')).toContainText('Stopped early');
  await page.getByRole('button', { name: 'Show the result' }).click();
  await sepal.settled();
  expect(kilobytes(await sepal.memory())).toBeLessThanOrEqual(5);
});

test('a search goes on while its dialog is closed', async ({ sepal, page }) => {
  await openWatch(sepal);
  await sepal.search({ Memory: '5' });
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Searching' })).toBeVisible();
  await expect(page.getByText('Fit to budget has set every layer')).toBeVisible();
  await sepal.settled();
});

test('no plan within the limit: a sentence and a hint, and nothing is lost', async ({ sepal, page }) => {
  await openWatch(sepal);
  const figures = await sepal.figures();
  await sepal.search({ Memory: '0.1' });
  await expect(sepal.part('search-error')).toContainText('the smallest plan has');
  await expect(sepal.part('search-error')).toContainText('Raise the limit');
  await page.keyboard.press('Escape');
  await sepal.settled();
  expect(await sepal.figures()).toEqual(figures);
});
