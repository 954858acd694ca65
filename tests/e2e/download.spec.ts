/**
 * What is handed out is what was shown: opened again, it has the same sizes and the same accuracy.
 */
import { readFileSync } from 'node:fs';
import { folder, publicFile, sepalJson } from '../conformance/sepal.mjs';
import { expect, percentIn, type Sepal, test } from './page.ts';

test('download and open again', async ({ sepal }) => {
  await sepal.open();
  const accuracy = await sepal.accuracy();
  const memory = await sepal.part('cost-memory').locator('.cost-value').innerText();
  const macs = await sepal.part('cost-macs').locator('.cost-value').innerText();

  const path = await sepal.download(/^ONNX/);
  expect(path).toMatch(/\.sepal\.onnx$/);

  await sepal.upload('Model', path);
  await expect(sepal.picker('Model')).toContainText('.sepal');
  await sepal.settled();
  expect(percentIn(await sepal.part('base-accuracy').innerText())).toBe(accuracy);
  await expect(sepal.part('cost-memory')).toContainText(`from ${memory}`);
  await expect(sepal.part('cost-macs')).toContainText(`from ${macs}`);
});

/** Points that 8 bits from input to output may cost. */
const INT8_POINTS = 0.5;

for (const { button, ending, points } of [
  { button: /^float32/, ending: /\.sepal\.tflite$/, points: 0 },
  { button: /^int8/, ending: /\.sepal\.int8\.tflite$/, points: INT8_POINTS },
]) {
  test(`${button.source} and open again`, async ({ sepal }) => {
    await sepal.open();
    const accuracy = await sepal.accuracy();
    const path = await sepal.download(button);
    expect(path).toMatch(ending);
    await sepal.upload('Model', path);
    await expect(sepal.picker('Model')).toContainText('.sepal');
    await sepal.settled();
    const again = percentIn(await sepal.part('base-accuracy').innerText());
    expect(Math.abs(again - accuracy)).toBeLessThanOrEqual(points);
  });
}

test('the report says settings, sizes and accuracy', async ({ sepal }) => {
  await sepal.open();
  const accuracy = await sepal.accuracy();
  const content = JSON.parse(readFileSync(await sepal.download(/^Report/), 'utf8'));
  expect(content).toMatchObject({ plan: { layers: expect.anything() }, bytes: expect.any(Number), samples: 1000 });
  expect(content.accuracy).toBeCloseTo(accuracy, 9);
});

/**
 * With how many of the 1,000 samples may come out otherwise: learning a dictionary, a difference in the last bit grows;
 * behind real inputs that much that it is left out.
 */
const SETTINGS = [
  { method: 'Dictionary', fit: 'Weights', samples: 4 },
  { method: 'Low rank', fit: 'Outputs', samples: 2 },
  { method: 'Pruning', fit: 'Outputs', samples: 2 },
];

for (const { method, fit, samples } of SETTINGS) {
  test(`a plan of ${method} fitted to ${fit} works on the command line`, ({ sepal }) =>
    agrees(sepal, { method, fit, samples }));
}

/** The same sizes, weights that are as close to the old ones, the same accuracy but for some `samples` of 1,000. */
const agrees = async (
  sepal: Sepal,
  { method, fit, samples }: { method: string; fit: string; samples: number },
): Promise<void> => {
  await sepal.open();
  await sepal.page.getByRole('radio', { name: method, exact: true }).check();
  await sepal.page.getByRole('radio', { name: fit, exact: true }).check();
  await sepal.settled();
  const path = await sepal.download(/^Report/);
  const here = JSON.parse(readFileSync(path, 'utf8'));
  const args = ['--plan', path, '--out', folder('page'), '--evaluation', publicFile('sample/mnist-evaluation.npz')];
  args.push('--calibration', publicFile('sample/mnist-calibration.npz'));
  const there = sepalJson('compress', publicFile('model/lenet-300-100.onnx'), ...args);
  const sizes = ({ plan, parameters, bytes, macs, base_bytes, base_macs }: typeof here): object => ({
    ...{ plan, parameters, bytes, macs, base_bytes, base_macs },
  });
  expect(sizes(there)).toEqual(sizes(here));
  expect(Math.abs(there.reconstruction_error / here.reconstruction_error - 1)).toBeLessThanOrEqual(0.01);
  expect(Math.abs(Math.round(10 * there.accuracy) - Math.round(10 * here.accuracy))).toBeLessThanOrEqual(samples);
};
