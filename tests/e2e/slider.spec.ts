/**
 * Sliders by mouse and by keyboard: figures and curves follow, and no number is shown for other settings.
 */
import { expect, test } from './page.ts';

const PLOTS = ['plot-quality', 'plot-cost', 'plot-trade', 'plot-spectrum'];

test('a slider moves: all curves and all figures change', async ({ sepal }) => {
  await sepal.open();
  await sepal.curveFull();
  for (const plot of PLOTS) await expect(sepal.part(plot)).toHaveAttribute('data-state', 'drawn');
  const figures = await sepal.figures();
  const plots = await Promise.all(PLOTS.map((plot) => sepal.part(plot).innerHTML()));

  await sepal.slider('Rank').fill('8');
  await sepal.settled();

  for (const [index, text] of (await sepal.figures()).entries()) expect(text).not.toBe(figures[index]);
  for (const [index, plot] of PLOTS.entries()) {
    await expect.poll(() => sepal.part(plot).innerHTML()).not.toBe(plots[index]);
  }
});

test('sizes answer at once, accuracy is marked as old until it is measured', async ({ sepal }) => {
  await sepal.open();
  await sepal.curveFull();
  const seen = await sepal.page.evaluate(() => {
    const part = (id: string): HTMLElement | null => document.querySelector(`[data-testid="${id}"]`);
    const slider = document.querySelector<HTMLInputElement>('input[type="range"]');
    if (!slider) throw new Error('no slider');
    const before = part('cost-memory')?.textContent;
    slider.value = '41';
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    return new Promise<{ memoryChanged: boolean; accuracy: string | undefined }>((resolve) =>
      requestAnimationFrame(() =>
        resolve({
          memoryChanged: part('cost-memory')?.textContent !== before,
          accuracy: part('accuracy')?.dataset.state,
        }),
      ),
    );
  });
  expect(seen).toEqual({ memoryChanged: true, accuracy: 'stale' });
  await sepal.settled();
});

test('keyboard: arrows, pages, ends, Backspace and the number box', async ({ sepal }) => {
  await sepal.open();
  const rank = sepal.slider('Rank');
  const start = Number(await rank.inputValue());
  await rank.focus();
  const press = (key: string): Promise<void> => sepal.page.keyboard.press(key);
  await press('ArrowRight');
  await expect(rank).toHaveValue(String(start + 1));
  await press('PageUp');
  await expect(rank).toHaveValue(String(start + 11));
  await press('End');
  await expect(rank).toHaveValue('100');
  await press('Backspace');
  await expect(rank).toHaveValue(String(start));
  await expect(rank).toHaveAttribute('aria-valuetext', /of full rank; .*(kilo|mega)bytes/);

  await press('Tab');
  await sepal.page.keyboard.type('12');
  await press('Enter');
  await expect(rank).toHaveValue('12');
  await rank.dblclick();
  await expect(rank).toHaveValue(String(start));
});

test("a layer's own slider locks it, its reset lets it follow again", async ({ sepal }) => {
  await sepal.open();
  const row = sepal.page.locator('tr[data-chosen="true"]');
  const own = row.getByRole('slider').first();
  const follows = await own.inputValue();
  await own.focus();
  await sepal.page.keyboard.press('PageUp');
  await expect(row.getByRole('button', { name: /^Lock/ })).toHaveAttribute('aria-pressed', 'true');
  const set = await own.inputValue();
  expect(set).not.toBe(follows);
  await sepal.slider('Rank').fill('60');
  await expect(own).toHaveValue(set);
  await row.getByRole('button', { name: /^Reset/ }).click();
  await expect(own).not.toHaveValue(set);
  await sepal.settled();
});

test('a dictionary is learned in steps that can be cancelled', async ({ sepal }) => {
  await sepal.open();
  const before = await sepal.accuracy();
  await sepal.page.getByRole('radio', { name: /^Dictionary$/ }).check();
  await expect(sepal.part('factoring')).toBeVisible();
  await expect(sepal.part('accuracy')).toHaveAttribute('data-state', 'stale');
  await sepal.part('factoring').getByRole('button', { name: 'Cancel' }).click();
  await sepal.settled();
  await expect(sepal.page.getByRole('radio', { name: /^Low rank$/ })).toBeChecked();
  expect(await sepal.accuracy()).toBe(before);
});
