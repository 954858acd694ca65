/**
 * Files that the user brings, good and bad.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { defaults, expect, publicFile, test, type Upload } from './page.ts';

const file = (name: string, buffer: Buffer): Upload => ({ name, mimeType: 'application/octet-stream', buffer });

for (const model of defaults) {
  test(`${model.title} can be uploaded as a file`, async ({ sepal }) => {
    await sepal.open();
    await sepal.upload('Model', publicFile(model.model));
    await expect(sepal.picker('Model')).toContainText(basename(model.model, '.onnx'));
    await sepal.settled();
    const fits = model.evaluation === defaults[0]?.evaluation;
    await expect(sepal.part(fits ? 'accuracy' : 'error')).toHaveAttribute('data-state', 'exact');
  });
}

test('samples that do not fit the new model are put aside with a sentence', async ({ sepal }) => {
  const watch = defaults.find(({ id }) => id === 'watch-cnn');
  await sepal.open();
  await sepal.upload('Model', publicFile(watch?.model ?? ''));
  await expect(sepal.part('banner')).toContainText('does not fit');
  await sepal.settled();
  await expect(sepal.part('error')).toBeVisible();
  await sepal.curveFull();
  await sepal.upload('Test set', publicFile(watch?.evaluation ?? ''));
  await sepal.settled();
  await sepal.baseIs((watch?.pageSet.accuracy ?? 0).toFixed(1));
});

const whole = readFileSync(publicFile(defaults[0]?.model ?? ''));
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);

const BROKEN: readonly [string, Upload][] = [
  ['a model that was cut off', file('cut-off.onnx', whole.subarray(0, Math.floor(whole.length * 0.4)))],
  ['a picture with the ending of a model', file('picture.onnx', PNG)],
  ['a text file', file('notes.txt', Buffer.from('Remember the milk.'))],
];

for (const [name, upload] of BROKEN) {
  test(`${name} gets a sentence, and the model in use stays`, async ({ sepal }) => {
    await sepal.open();
    const before = await sepal.accuracy();
    await sepal.upload('Model', upload);
    const banner = sepal.part('banner');
    await expect(banner).toHaveAttribute('data-tone', 'error');
    // What is wrong and what to do: two sentences at least.
    await expect(banner).toHaveText(/\w.*\. .*\w.*\./);
    await expect(banner).not.toHaveText(/[^.] (Export|Open|What) /);
    await expect(sepal.picker('Model')).toContainText(defaults[0]?.title ?? '');
    await sepal.slider('Rank').fill('55');
    await sepal.settled();
    await sepal.slider('Rank').press('Backspace');
    await sepal.settled();
    expect(await sepal.accuracy()).toBe(before);
    await banner.getByRole('button').click();
    await expect(banner).toHaveCount(0);
  });
}

for (const by of ['drop', 'paste'] as const) {
  test(`files may be given anywhere by ${by}`, async ({ sepal }) => {
    await sepal.open();
    await sepal.give(by, 'given.onnx', whole);
    await expect(sepal.picker('Model')).toContainText('given');
    await sepal.settled();
  });
}
