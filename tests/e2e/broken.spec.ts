/**
 * Broken files of each kind: one sentence and what to do, and nothing of what was open is lost.
 */
import { readFileSync } from 'node:fs';
import { expect, fixture, type Sepal, test, type Upload } from './page.ts';

const file = (name: string, content: Buffer | string): Upload => ({
  name,
  mimeType: 'application/octet-stream',
  buffer: Buffer.from(content),
});
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);

type Broken = { name: string; by: 'Model' | 'Test set'; files: Upload[]; says: RegExp };

const model = (name: string, says: RegExp): Broken => ({ name, by: 'Model', files: [fixture(`model/${name}`)], says });
const data = (says: RegExp, ...names: string[]): Broken => ({
  name: names.join(' and '),
  by: 'Test set',
  files: names.map((name) => fixture(`data/${name}`)),
  says,
});

const BROKEN: readonly Broken[] = [
  model('cut.onnx', /damaged or cut short/),
  model('noise.onnx', /damaged or cut short/),
  model('text.onnx', /text file/),
  model('zip.onnx', /zip archive/),
  model('huge-weights.onnx', /at most 20,000,000/),
  model('nested-deep.onnx', /at most 8/),
  model('circle.onnx', /waits for its own result/),
  { name: 'noise.tflite', by: 'Model', files: [file('noise.tflite', 'TFL3 but nothing more')], says: /noise\.tflite/ },
  { name: 'weights alone', by: 'Model', files: [file('net.onnx.data', '1234')], says: /together with the \.onnx/ },
  { name: 'a net of another framework', by: 'Model', files: [file('net.pth', '1234')], says: /Export the model/ },
  data(/zip archive/, 'cut.npz'),
  data(/array x/, 'pickle.npz'),
  data(/5 labels/, 'fewer-labels.npz'),
  data(/at most 100,000/, 'huge-label.npz'),
  data(/cut short/, 'cut.idx', 'labels.idx'),
  data(/more values in its samples/, 'huge.idx', 'labels.idx'),
  data(/gzip/, 'cut.idx.gz', 'labels.idx'),
  data(/row|column|cell|line|values/i, 'ragged.csv'),
  data(/only-header|no rows|no samples/i, 'only-header.csv'),
  data(/empty/, 'empty.zip'),
  data(/picture/i, 'cut-picture.zip'),
  data(/pixels/, 'huge-picture.zip'),
  { name: 'one picture', by: 'Test set', files: [file('cat.png', PNG)], says: /sub-folder of pictures for each class/ },
  { name: 'one recording', by: 'Test set', files: [file('yes.wav', 'RIFF')], says: /sub-folder of \.wav files/ },
];

/** The picture in use, its figures, and that the sliders still work. */
const nothingLost = async (sepal: Sepal, before: string[]): Promise<void> => {
  await sepal.slider('Rank').fill('55');
  await sepal.settled();
  await sepal.slider('Rank').press('Backspace');
  await sepal.settled();
  expect(await sepal.figures()).toEqual(before);
};

test.describe('one after the other, on one page', () => {
  test('each gets a sentence and loses nothing', async ({ sepal }) => {
    test.setTimeout(480_000);
    await sepal.open();
    const before = await sepal.figures();
    const picker = await sepal.picker('Model').innerText();
    for (const { name, by, files, says } of BROKEN) {
      await test.step(name, async () => {
        await sepal.upload(by, ...files);
        const banner = sepal.part('banner');
        await expect(banner).toContainText(says);
        await expect(banner).toHaveAttribute('data-tone', 'error');
        await expect(banner).toHaveText(/\w.*\. .*\w.*\./);
        expect(await sepal.picker('Model').innerText()).toBe(picker);
        await banner.getByRole('button', { name: 'Close' }).click();
        await expect(banner).toHaveCount(0);
      });
    }
    await nothingLost(sepal, before);
  });
});

test('names from files are shown as text', async ({ sepal, page }) => {
  const name = '<img src=x onerror=alert(1)>.onnx';
  await sepal.open();
  await sepal.upload('Model', { ...(file(name, readFileSync(fixture('model/dense.onnx'))) as object), name } as Upload);
  await expect(sepal.picker('Model')).toContainText('<img src=x onerror=alert(1)>');
  expect(await page.locator('img').count()).toBe(0);
  await sepal.upload('Model', file('<b>bold</b>.onnx', 'no model'));
  await expect(sepal.part('banner')).toContainText('<b>bold</b>.onnx');
  expect(await sepal.part('banner').locator('b').count()).toBe(0);
});
