/**
 * Every state of the page in both themes, wide and narrow: axe finds nothing, and a screenshot is left in
 * tests/output/screenshot.
 */
import { violations } from './axe.ts';
import { defaults, expect, fixture, publicFile, type Sepal, test } from './page.ts';

const watch = defaults.find(({ id }) => id === 'watch-cnn');

/** A `passing` state ends by itself, so each look reaches it anew. */
type State = { name: string; reach: (sepal: Sepal) => Promise<void>; passing?: boolean };

const STATES: readonly State[] = [
  {
    name: 'calibration',
    reach: async (sepal) => sepal.picker('Calibration').click(),
  },
  {
    name: 'budget',
    reach: async (sepal) => sepal.page.getByRole('button', { name: 'Fit to budget' }).click(),
  },
  {
    name: 'budget-failed',
    reach: async (sepal) => {
      await sepal.choose('Model', watch?.title ?? '');
      await expect(sepal.picker('Model')).toContainText(watch?.title ?? '');
      await sepal.search({ Memory: '0.1' });
      await expect(sepal.part('search')).toHaveAttribute('data-state', 'failed');
    },
  },
  {
    name: 'budget-running',
    passing: true,
    reach: async (sepal) => {
      await sepal.choose('Model', watch?.title ?? '');
      await expect(sepal.picker('Model')).toContainText(watch?.title ?? '');
      await sepal.search({ Memory: '4' });
      await expect(sepal.part('plot-front')).toHaveAttribute('data-state', 'drawn');
    },
  },
  {
    name: 'budget-found',
    reach: async (sepal) => {
      await sepal.choose('Model', watch?.title ?? '');
      await expect(sepal.picker('Model')).toContainText(watch?.title ?? '');
      await sepal.search({ Memory: '4' });
      await expect(sepal.part('search')).toHaveAttribute('data-state', 'found');
    },
  },
  {
    name: 'budget-after',
    reach: async (sepal) => {
      await sepal.choose('Model', watch?.title ?? '');
      await expect(sepal.picker('Model')).toContainText(watch?.title ?? '');
      await sepal.search({ Memory: '4' });
      await sepal.page.getByRole('button', { name: 'Show the result' }).click();
      await sepal.settled();
      await sepal.curveFull();
    },
  },
  { name: 'ready', reach: (sepal) => sepal.curveFull() },
  {
    name: 'models',
    reach: async (sepal) => sepal.picker('Model').click(),
  },
  {
    name: 'samples',
    reach: async (sepal) => sepal.picker('Test set').click(),
  },
  {
    name: 'devices',
    reach: async (sepal) => sepal.picker('Device').click(),
  },
  {
    name: 'device-verified',
    reach: async (sepal) => {
      await sepal.choose('Device', 'micro:bit');
      await sepal.page.getByRole('button', { name: 'Verify' }).click();
      await expect(sepal.part('verification')).toHaveAttribute('data-state', 'verified');
    },
  },
  {
    name: 'device-context',
    reach: async (sepal) => sepal.choose('Device', 'Tegra K1'),
  },
  {
    name: 'help',
    reach: async (sepal) => sepal.page.getByRole('button', { name: 'Help' }).click(),
  },
  {
    name: 'factoring',
    passing: true,
    reach: async (sepal) => {
      await sepal.page.getByRole('radio', { name: /^Dictionary$/ }).check();
      await expect(sepal.part('factoring')).toBeVisible();
    },
  },
  {
    name: 'dictionary',
    reach: async (sepal) => {
      await sepal.page.getByRole('radio', { name: /^Dictionary$/ }).check();
      await sepal.settled();
    },
  },
  {
    name: 'separation',
    reach: async (sepal) => {
      await sepal.choose('Model', defaults[1]?.title ?? '');
      await sepal.page.getByRole('radio', { name: /^Separation$/ }).check();
      await sepal.settled();
      await sepal.curveFull();
    },
  },
  {
    name: 'preprocessing',
    reach: (sepal) => sepal.preprocessing(),
  },
  {
    name: 'preprocessing-signal',
    reach: async (sepal) => {
      await sepal.choose('Model', watch?.title ?? '');
      await expect(sepal.picker('Model')).toContainText(watch?.title ?? '');
      await sepal.settled();
      await sepal.preprocessing();
    },
  },
  {
    name: 'problems',
    reach: async (sepal) => {
      await sepal.upload('Model', fixture('model/unknown-operator.onnx'));
      await sepal.page.getByRole('button', { name: /^Not supported/ }).click();
      await expect(sepal.part('problems')).toContainText('Frobnicate');
    },
  },
  {
    name: 'error',
    reach: async (sepal) => {
      await sepal.give('drop', 'notes.txt', Buffer.from('no model'));
      await expect(sepal.part('banner')).toBeVisible();
    },
  },
  {
    name: 'no-samples',
    reach: async (sepal) => {
      await sepal.upload('Model', publicFile(watch?.model ?? ''));
      await expect(sepal.part('error')).toHaveAttribute('data-state', 'exact');
      await sepal.curveFull();
    },
  },
];

const LOOKS = [
  { name: 'wide-light', viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  { name: 'wide-dark', viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  { name: 'narrow-light', viewport: { width: 360, height: 740 }, colorScheme: 'light' },
] as const;

type Look = (typeof LOOKS)[number];

/** What holds of a state in every look. */
const check = async (sepal: Sepal, state: State, look: Look): Promise<void> => {
  await sepal.screenshot(`${state.name}-${look.name}`);
  expect(await violations(sepal.page), look.name).toEqual([]);
  const overflow = await sepal.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow, look.name).toBeLessThanOrEqual(0);
};

const put = async ({ page }: Sepal, { viewport, colorScheme }: Look): Promise<void> => {
  await page.setViewportSize(viewport);
  await page.emulateMedia({ colorScheme });
};

for (const state of STATES.filter(({ passing }) => !passing)) {
  test(state.name, async ({ sepal }) => {
    await put(sepal, LOOKS[0]);
    await sepal.open();
    await state.reach(sepal);
    for (const look of LOOKS) {
      await test.step(look.name, async () => {
        await put(sepal, look);
        await check(sepal, state, look);
      });
    }
  });
}

for (const look of LOOKS) {
  for (const state of STATES.filter(({ passing }) => passing)) {
    test(`${state.name}, ${look.name}`, async ({ sepal }) => {
      await put(sepal, look);
      await sepal.open();
      await state.reach(sepal);
      await check(sepal, state, look);
    });
  }
}

for (const { title } of defaults) {
  test(`${title}: one screen at 1280 by 800`, async ({ sepal, page }) => {
    await sepal.open();
    await sepal.choose('Model', title);
    await expect(sepal.picker('Model')).toContainText(title);
    await sepal.settled();
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    expect(height).toBeLessThanOrEqual(800);
  });
}

test('opening shows its steps and can be cancelled', async ({ sepal, page }) => {
  await sepal.open();
  // Held back long enough for the steps to show.
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route('**/watch-cnn.onnx', async (route) => {
    await held;
    await route.continue().catch(() => undefined);
  });
  await sepal.choose('Model', watch?.title ?? '');
  await expect(sepal.part('opening')).toBeVisible();
  await sepal.screenshot('opening-wide-light');
  expect(await violations(page)).toEqual([]);
  await sepal.part('opening').getByRole('button', { name: 'Cancel' }).click();
  release();
  await expect(sepal.part('opening')).toHaveCount(0);
  await expect(sepal.picker('Model')).toContainText(defaults[0]?.title ?? '');
  await sepal.slider('Rank').fill('33');
  await sepal.settled();
});

test('the theme follows the system until it is chosen', async ({ sepal, page }) => {
  await sepal.open();
  const theme = page.locator('html');
  await expect(theme).toHaveAttribute('data-theme', 'light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect(theme).toHaveAttribute('data-theme', 'dark');
  await page.getByRole('button', { name: 'Switch to the light theme' }).click();
  await expect(theme).toHaveAttribute('data-theme', 'light');
  await page.reload();
  await expect(theme).toHaveAttribute('data-theme', 'light');
  await sepal.settled();
});
