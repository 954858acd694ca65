/**
 * @file The runner of the tests counts right: what it reads out of the test programs' own words, and that
 * nothing run is never good.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atLeast } from '../crate/wasm/toolchain.mjs';
import { complete } from '../www/packages.mjs';
import { cargoCounts, counts, nodeCounts, playwrightCounts, sum, vitestCounts } from './part/counts.mjs';
import { verdict } from './part/dependencies.mjs';

const CARGO = `
test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s
test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.02s
`;

test('cargo test: the closing lines of all binaries add up', () => {
  assert.deepEqual(cargoCounts(CARGO, false), { passed: 15, failed: 2 });
});

test('cargo test: colour does not hide a line', () => {
  const line = 'test result: \u001b[32mok\u001b[0m. 4 passed; 0 failed; 0 ignored';
  assert.deepEqual(cargoCounts(line, true), { passed: 4, failed: 0 });
});

test('cargo test: code that does not compile is one failed', () => {
  assert.deepEqual(cargoCounts('error: could not compile', false), { passed: 0, failed: 1 });
});

test('node --test: both forms of the closing lines', () => {
  assert.deepEqual(nodeCounts('ℹ tests 3\nℹ pass 2\nℹ fail 1\n', false), { passed: 2, failed: 1 });
  assert.deepEqual(nodeCounts('# tests 2\n# pass 2\n# fail 0\n', true), { passed: 2, failed: 0 });
});

test('vitest and Playwright: the numbers of the reports, and none is one failed', () => {
  assert.deepEqual(vitestCounts({ numPassedTests: 7, numFailedTests: 0 }, true), { passed: 7, failed: 0 });
  assert.deepEqual(vitestCounts(null, false), { passed: 0, failed: 1 });
  const stats = { expected: 5, unexpected: 1, flaky: 1 };
  assert.deepEqual(playwrightCounts({ stats }, false), { passed: 5, failed: 2 });
});

test('a part without a test has failed, even when its program is content', () => {
  assert.deepEqual(counts(0, 0, true), { passed: 0, failed: 1 });
});

test('counts add up', () => {
  const list = [counts(2, 0, true), counts(3, 1, false)];
  assert.deepEqual(sum(list), { passed: 5, failed: 1 });
});

test('versions compare by number, not by letter', () => {
  assert.ok(atLeast('1.100.0', '1.94'));
  assert.ok(atLeast('1.94.0', '1.94'));
  assert.ok(!atLeast('1.93.1', '1.94'));
});

test('npm packages are complete when every needed one is there in its version', () => {
  const wanted = {
    '': {},
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b': { version: '2.0.0', optional: true },
  };
  assert.ok(complete(wanted, { 'node_modules/a': { version: '1.0.0' } }));
  assert.ok(!complete(wanted, { 'node_modules/a': { version: '1.1.0' } }));
  assert.ok(!complete(wanted, {}));
});

test('advisories: what was found fails, a database that does not answer is skipped', () => {
  assert.equal(verdict(true, 'found 0 vulnerabilities'), 'passed');
  assert.equal(verdict(false, '1 high severity vulnerability: fails to check the network'), 'failed');
  assert.equal(verdict(false, 'npm error audit endpoint returned an error'), 'skipped');
  assert.equal(verdict(false, 'npm error code ENOTFOUND'), 'skipped');
  assert.equal(verdict(false, 'error[unmaintained]: crate is unmaintained\n\nadvisories FAILED, bans ok'), 'failed');
  assert.equal(verdict(false, '# npm audit report\n\nbraces  <3.0.3'), 'failed');
  assert.equal(verdict(false, 'failed to fetch advisory database https://github.com/rustsec/advisory-db'), 'skipped');
});
