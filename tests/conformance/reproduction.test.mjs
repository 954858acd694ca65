/**
 * @file The charts of the reproduction page are those of its points: drawn again, they come out the same.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../crate/wasm/command.mjs';
import { chartFiles } from '../../www/reproduction/charts.mjs';
import { readPoints } from '../../www/reproduction/page.mjs';
import { folder, sepalJson } from './sepal.mjs';

test('charts and points belong together', () => {
  const input = join(folder('reproduction'), 'chart.json');
  const files = chartFiles(readPoints(), (chart) => {
    writeFileSync(input, JSON.stringify(chart));
    return sepalJson('plot', input);
  });
  for (const { name, svg } of files) {
    const kept = readFileSync(join(ROOT, 'www/reproduction/chart', name), 'utf8');
    assert.ok(svg === kept, `${name} differs: "npm run reproduce -- --draw" draws it anew`);
  }
});
