/**
 * From a file of each kind to its figures: what a stranger brings is opened, measured, compressed and handed out again.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, fixture, publicFile, ROOT, type Sepal, test } from './page.ts';
import { unzip } from './zip.ts';

const FOLDERS = join(ROOT, 'tests/output/folder');

/** Unpacks a fixture's zip archive into a folder. */
const unpacked = (archive: string): string => {
  const folder = join(FOLDERS, archive.replace(/\W/g, '-'));
  rmSync(folder, { recursive: true, force: true });
  for (const [name, bytes] of unzip(readFileSync(fixture(archive)))) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
  return folder;
};

const openModel = async (sepal: Sepal, file: string): Promise<void> => {
  await sepal.open();
  await sepal.upload('Model', fixture(file));
  await expect(sepal.picker('Model')).toContainText(file.replace(/^.*\/|\.\w+$/g, ''));
  await sepal.settled();
};

/** The same six samples, of which the model knows five, in every form. */
const SIX: readonly [string, string[]][] = [
  ['npz', ['data/f4.npz']],
  ['npz of doubles', ['data/f8.npz']],
  ['npz of bytes', ['data/u1.npz']],
  ['idx', ['data/images.idx', 'data/labels.idx']],
  ['idx gz', ['data/images.idx.gz', 'data/labels.idx.gz']],
  ['csv', ['data/table.csv']],
];

for (const [name, files] of SIX) {
  test(`${name}: six samples, five right`, async ({ sepal, page }) => {
    await openModel(sepal, 'model/dense.onnx');
    await sepal.upload('Test set', ...files.map(fixture));
    await expect(sepal.picker('Test set')).toContainText('6 samples');
    await sepal.settled();
    await sepal.baseIs('83.3');
    await expect(sepal.part('accuracy')).toContainText('Accuracy');
    await sepal.preprocessing();
    await expect(sepal.part('preprocess-outcome')).toContainText(/83\.3\s%/);
    await page.keyboard.press('Escape');
  });
}

test('a pair of npy files, one after the other', async ({ sepal }) => {
  const arrays = unzip(readFileSync(fixture('data/f4.npz')));
  const npy = (name: string) => ({
    name: `${name}.npy`,
    mimeType: 'application/octet-stream',
    buffer: arrays.get(`${name}.npy`) ?? Buffer.alloc(0),
  });
  await openModel(sepal, 'model/dense.onnx');
  await sepal.upload('Test set', npy('x'));
  await expect(sepal.part('banner')).toContainText('labels');
  await sepal.upload('Test set', npy('y'));
  await expect(sepal.picker('Test set')).toContainText('6 samples');
  await sepal.settled();
  await sepal.baseIs('83.3');
});

test('samples without labels: agreement with the original', async ({ sepal }) => {
  await openModel(sepal, 'model/dense.onnx');
  await sepal.upload('Test set', fixture('data/no-labels.npz'));
  await expect(sepal.picker('Test set')).toContainText('6 samples');
  await sepal.settled();
  await expect(sepal.part('accuracy')).toContainText('Agreement with the original');
  await sepal.baseIs('100.0');
});

test('a zip of pictures, and what the model sees of them', async ({ sepal, page }) => {
  await openModel(sepal, 'model/picture.onnx');
  await sepal.upload('Test set', fixture('data/pictures.zip'));
  await expect(sepal.picker('Test set')).toContainText('6 samples');
  await sepal.settled();
  await sepal.preprocessing();
  await expect(sepal.part('previews').locator('canvas')).toHaveCount(6);
  await page.keyboard.press('Escape');
});

test('the same pictures as a folder, picked and dropped', async ({ sepal, page }) => {
  const folder = unpacked('data/pictures.zip');
  await openModel(sepal, 'model/picture.onnx');
  await sepal.uploadFolder('Test set', folder);
  await expect(sepal.picker('Test set')).toContainText('6 samples');
  await sepal.settled();
  const picked = await sepal.part('base-accuracy').innerText();

  await sepal.choose('Test set', 'MNIST digits');
  await expect(sepal.part('banner')).toHaveAttribute('data-tone', 'error');
  await sepal.dropPath(folder);
  await expect(sepal.part('banner')).toHaveCount(0);
  await expect(sepal.picker('Test set')).toContainText('6 samples');
  await sepal.settled();
  expect(await sepal.part('base-accuracy').innerText()).toBe(picked);
  expect(page.workers().length).toBeGreaterThan(0);
});

test('a model and its samples dropped together', async ({ sepal }) => {
  await sepal.open();
  await sepal.upload('Model', fixture('model/dense.onnx'), fixture('data/f4.npz'));
  await expect(sepal.picker('Test set')).toContainText('6 samples');
  await sepal.settled();
  await sepal.baseIs('83.3');
});

for (const name of ['conv', 'integers_8', 'dynamic_range', 'half_weights']) {
  test(`${name}.tflite: opened, and handed out as ONNX`, async ({ sepal }) => {
    await sepal.open();
    await sepal.upload('Model', fixture(`tflite/${name}.tflite`));
    await expect(sepal.picker('Model')).toContainText(name);
    await sepal.settled();
    await expect(sepal.part('error')).toHaveAttribute('data-state', 'exact');
    expect(readFileSync(await sepal.download(/^ONNX/)).length).toBeGreaterThan(100);
  });
}

test('the whole module is fetched when a file needs it, and nothing is said of it', async ({ sepal, page }) => {
  const modules: string[] = [];
  page.on('request', (request) => modules.push(...(/sepal_(light|wasm)_bg/.exec(request.url())?.slice(1) ?? [])));
  await sepal.open();
  await sepal.upload('Model', publicFile('model/lenet-5-caffe.onnx'));
  await sepal.settled();
  expect(modules).toEqual(['light']);
  await sepal.upload('Model', fixture('tflite/conv.tflite'));
  await expect(sepal.picker('Model')).toContainText('conv');
  await sepal.settled();
  expect(modules).toEqual(['light', 'wasm']);
  await expect(sepal.part('toast')).toHaveCount(0);
});
