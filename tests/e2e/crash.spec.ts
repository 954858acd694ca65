/**
 * A worker that ends loses nothing: another takes its place, with model, samples and settings.
 */
import { expect, test } from './page.ts';

for (const worker of ['session', 'evaluate']) {
  test(`the ${worker} worker ends`, async ({ sepal, page }) => {
    await sepal.open();
    await sepal.curveFull();
    const accuracy = await sepal.accuracy();
    const names = await Promise.all(page.workers().map((one) => one.evaluate('self.name')));
    const victim = page.workers()[names.indexOf(worker)];
    await victim?.evaluate(() => {
      setTimeout(() => {
        throw new Error('ended by a test');
      }, 0);
    });
    await expect.poll(() => page.workers().some((one) => one === victim)).toBe(false);

    await sepal.slider('Rank').fill('37');
    await expect(page.getByText('The engine restarted')).toBeVisible();
    await sepal.screenshot(`restarted-${worker}`);
    await sepal.settled();
    await expect(sepal.slider('Rank')).toHaveValue('37');
    await sepal.slider('Rank').press('Backspace');
    await sepal.settled();
    expect(await sepal.accuracy()).toBe(accuracy);
  });
}
