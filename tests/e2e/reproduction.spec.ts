/**
 * The reproduction page: its curves and numbers, the way there and back, and its looks. Every test asks for the
 * fixture sepal, which sees errors and requests that leave the origin.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { violations } from './axe.ts';
import { expect, ROOT, SCREENSHOTS, test } from './page.ts';

const PAGE = './reproduction.html';
const CHARTS = ['Accuracy against memory', 'Accuracy against multiply-accumulates'];

type Measured = { model: { accuracy: number }; curves: { points: unknown[] }[] };
const measured: Measured = JSON.parse(readFileSync(join(ROOT, 'www/reproduction/points.json'), 'utf8'));

const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

test('it is linked from the first page and leads back', async ({ sepal, page }) => {
  await sepal.open();
  await page.getByRole('link', { name: 'SparseSep, measured again' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('SparseSep, measured again');
  await page.getByRole('link', { name: 'Compress a model yourself' }).click();
  await sepal.settled();
});

test('it shows the measured curves and the reported numbers', async ({ sepal, page }) => {
  await page.goto(PAGE);
  for (const name of CHARTS) await expect(page.getByRole('img', { name })).toBeVisible();
  await expect(page.getByRole('main')).toContainText(`${measured.model.accuracy.toFixed(2)}\u00a0%`);
  const paper = page.getByRole('region', { name: 'What the paper reports for memory' }).getByRole('table');
  const row = (name: string) => paper.getByRole('row', { name: new RegExp(`^${name}`) });
  for (const ratio of ['11.3\u00d7', '16.8\u00d7']) await expect(row('Ambient DNN')).toContainText(ratio);
  for (const statistic of ['Mean', 'Median']) await expect(row(statistic)).toContainText('11.3\u00d7');
  await page.locator('summary').click();
  const points = measured.curves.flatMap((curve) => curve.points).length;
  await expect(page.locator('details tr:has(td)')).toHaveCount(points);
  await sepal.screenshot('reproduction-points');
});

const LOOKS = [
  { name: 'wide-light', viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  { name: 'wide-dark', viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  { name: 'narrow-light', viewport: { width: 360, height: 740 }, colorScheme: 'light' },
  { name: 'narrow-dark', viewport: { width: 360, height: 740 }, colorScheme: 'dark' },
] as const;

for (const look of LOOKS) {
  test.describe(look.name, () => {
    test.use({ viewport: look.viewport, colorScheme: look.colorScheme });
    test('axe finds nothing and nothing is cut off', async ({ sepal: { page } }) => {
      await page.goto(PAGE);
      for (const name of CHARTS) await expect(page.getByRole('img', { name })).toHaveCount(1);
      await page.locator('summary').click();
      expect(await violations(page)).toEqual([]);
      expect(await overflow(page)).toBeLessThanOrEqual(0);
      await page.screenshot({ path: join(SCREENSHOTS, `reproduction-${look.name}.png`), fullPage: true });
    });
  });
}

test('it has the theme that was chosen on the first page', async ({ sepal, page }) => {
  await sepal.open();
  await page.getByRole('button', { name: 'Switch to the dark theme' }).click();
  await page.goto(PAGE);
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
});
